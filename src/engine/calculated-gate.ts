import { sql } from 'kysely';
import type { Kind, Shadow } from '../core/model.ts';
import { mustSendScore } from '../core/score.ts';
import type { DueMark } from '../store/due.ts';
import { readInstanceSettings } from '../store/instance-settings.ts';
import type { PlannedWrite } from './export-plan.ts';
import type { SettledWrite } from './export-settle.ts';
import { isCalculated } from './foresee.ts';
import type { Effects } from './page-effects.ts';
import type { RunContext } from './run-context.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** What becomes of marks before the CRM is asked anything. */
export interface Gated {
  /** To be looked at. */
  readonly open: readonly DueMark[];
  /** Only the score moved, and not enough: it travels with the next write. */
  readonly quiet: readonly DueMark[];
  /** Moved enough, but told within the last day. */
  readonly later: readonly { readonly subject: string; readonly notBefore: number; readonly reason: string }[];
}

/**
 * R23: a calculated value alone never makes a record urgent. People whose score crossed a threshold (the minimum score, a
 * phase), or moved by the connection's step with a day since they were last told, are put into `ctx.calculatedDue`; of
 * those for whom only the score moved, the others cost no call.
 */
export async function gateCalculated(ctx: RunContext, marks: readonly DueMark[]): Promise<Gated> {
  if (ctx.run.mode === 'full' || marks.length === 0) return { open: marks, quiet: [], later: [] };
  const { db } = ctx.deps.store;
  const { phases } = (await readInstanceSettings(db)).score;
  const { minimumScore, scoreStep } = ctx.connection.settings.export;
  const thresholds = [phases.evaluation, phases.purchase, ...(minimumScore === undefined ? [] : [minimumScore])];
  const rows = await sql<{ id: string; score: number; kind: Kind; shadow: Shadow; sent_at: number | null }>`
    select c.id, c.score, l.kind, l.shadow, l.calculated_sent_at as sent_at from links l join contacts c on c.id = l.contact_id
     where l.connection_id = ${ctx.connection.id} and l.role = 'primary' and l.contact_id = any(${marks.map((mark) => mark.subject)}::text[])`.execute(
    db,
  );
  const linked = new Map(rows.rows.map((row) => [row.id, row]));
  const now = ctx.deps.clock.now();
  const open: DueMark[] = [];
  const quiet: DueMark[] = [];
  const later: Gated['later'][number][] = [];
  for (const mark of marks) {
    const row = linked.get(mark.subject);
    const line = row === undefined ? undefined : ctx.lines[row.kind]?.find((bound) => bound.line.hub === 'score');
    const before = line === undefined ? undefined : row?.shadow[line.key]?.hub;
    const lastSent = typeof before === 'number' ? before : 0;
    const score = row?.score ?? 0;
    const input = { score, lastSent, lastSentAt: row?.sent_at ?? null, step: scoreStep, thresholds, now };
    const isDue = line !== undefined && mustSendScore(input);
    if (isDue) ctx.calculatedDue.add(mark.subject);
    if (mark.reason !== 'score' || mark.backlog != null || row === undefined || isDue) open.push(mark);
    else if (line !== undefined && Math.abs(score - lastSent) >= scoreStep && row.sent_at !== null)
      later.push({ subject: mark.subject, notBefore: row.sent_at + DAY_MS, reason: 'score' });
    else quiet.push(mark);
  }
  return { open, quiet, later };
}

/** R23: whom the CRM was told score, status or address now: noted on the links that are written anyway. */
export function noteCalculated(
  effects: Effects,
  results: readonly { readonly planned: PlannedWrite; readonly result: SettledWrite }[],
  at: number,
): void {
  const told = new Set(
    results
      .filter(
        ({ planned, result }) => ['created', 'updated'].includes(result.outcome) && planned.fields.some(isCalculated),
      )
      .map(({ planned }) => planned.owed.contact.id),
  );
  for (const link of effects.links.values())
    if (link.role === 'primary' && link.contactId !== null && told.has(link.contactId)) link.calculatedSentAt = at;
}
