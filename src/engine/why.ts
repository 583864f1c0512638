import { sql } from 'kysely';
import { NotFound } from '../core/invalid-input.ts';
import { listScoreRules } from '../hub/score-rules.ts';
import { type Connection, loadConnection } from './connection.ts';
import type { EngineDeps } from './deps.ts';

export interface Gate {
  /** Message key under `gate.`. */
  readonly gate: string;
  readonly passed: boolean;
  readonly params: Readonly<Record<string, string | number>>;
  /** The smallest change that would let the person through: a message key and what it needs; null: passed, or none. */
  readonly fix: { readonly key: string; readonly params: Readonly<Record<string, string | number>> } | null;
}
type BareGate = Omit<Gate, 'fix'>;

/** Each gate between a contact and a CRM with its verdict, in the order in which a run asks (R11–R19). */
export async function whyContact(
  deps: EngineDeps,
  contactId: string,
  connectionIdOrName: string,
): Promise<readonly Gate[]> {
  const { db } = deps.store;
  const contact = await db
    .selectFrom('contacts')
    .select(['id', 'score', 'email_key', 'archived_at'])
    .where('id', '=', contactId)
    .executeTakeFirst();
  if (contact === undefined) throw new NotFound('contact');
  const connection = await loadConnection(db, connectionIdOrName);
  const { export: out } = connection.settings;
  const link = await db
    .selectFrom('links')
    .select(['state', 'state_why', 'kind', 'crm_id'])
    .where('connection_id', '=', connection.id)
    .where('contact_id', '=', contactId)
    .where('role', '=', 'primary')
    .executeTakeFirst();
  const open = await db
    .selectFrom('rejections')
    .select(['reason', 'field', 'params'])
    .where('connection_id', '=', connection.id)
    .where('contact_id', '=', contactId)
    .where('resolved_at', 'is', null)
    .execute();
  const due = await db
    .selectFrom('due')
    .select(['reason', 'not_before'])
    .where('connection_id', '=', connection.id)
    .where('side', '=', 'crm')
    .where('subject', '=', contactId)
    .executeTakeFirst();
  const gates: BareGate[] = [
    {
      gate: 'connection_on',
      passed: connection.enabled && connection.pausedReason === null,
      params: { connection: connection.name },
    },
    { gate: 'export_on', passed: out.enabled, params: {} },
    ...(contact.archived_at === null ? [] : [{ gate: 'archived', passed: false, params: {} }]),
  ];
  if (link === undefined)
    gates.push({
      gate: 'score',
      passed: out.minimumScore !== undefined && contact.score >= out.minimumScore,
      params: { score: contact.score, minimum: out.minimumScore ?? 0 },
    });
  else {
    gates.push({ gate: 'linked', passed: true, params: { id: link.crm_id, kind: link.kind } });
    gates.push({ gate: 'taking_part', passed: link.state === 'active', params: { why: link.state_why ?? '' } });
    gates.push({ gate: 'lead', passed: link.kind !== 'contact', params: {} });
  }
  for (const one of open)
    gates.push({
      gate: 'rejected',
      passed: false,
      params: {
        ...one.params,
        reason: one.reason,
        field: one.field ?? '',
        label: String(one.params['label'] ?? one.field ?? ''),
      },
    });
  gates.push(
    due === undefined
      ? { gate: 'nothing_waits', passed: true, params: {} }
      : { gate: 'waits', passed: due.not_before <= deps.clock.now(), params: { reason: due.reason } },
  );
  return Promise.all(gates.map(async (gate) => ({ ...gate, fix: await fixOf(deps, connection, gate) })));
}

/** What the smallest change would be, gate by gate. */
async function fixOf(deps: EngineDeps, connection: Connection, gate: BareGate): Promise<Gate['fix']> {
  if (gate.passed) return null;
  const fix = (key: string, params: Readonly<Record<string, string | number>> = {}): Gate['fix'] => ({
    key: `fix.${key}`,
    params: { connection: connection.name, ...params },
  });
  switch (gate.gate) {
    case 'connection_on':
      return connection.enabled ? fix(`paused.${connection.pausedReason ?? 'person'}`) : fix('off');
    case 'score':
      return scoreFix(deps, Number(gate.params['minimum']) - Number(gate.params['score']), fix);
    case 'taking_part':
      return fix(`taking_part.${String(gate.params['why'])}`, {
        field: connection.settings.import.contactFilter.field,
      });
    case 'rejected':
      return { key: `todo.${String(gate.params['reason'])}`, params: gate.params };
    case 'waits':
      return fix('waits');
    default:
      return fix(gate.gate);
  }
}

/** The missing points, and the smallest thing a person could do that gives as many; else the largest, how often. */
async function scoreFix(
  deps: EngineDeps,
  missing: number,
  fix: (key: string, params: Readonly<Record<string, string | number>>) => Gate['fix'],
): Promise<Gate['fix']> {
  const rules = (await listScoreRules(deps.store.db)).filter(
    (rule) => rule.enabled && rule.onEvent !== null && rule.points > 0,
  );
  const byPoints = [...rules].sort((a, b) => a.points - b.points);
  const rule = byPoints.find((one) => one.points >= missing) ?? byPoints.at(-1);
  if (rule === undefined) return fix('points', { missing });
  const times = Math.ceil(missing / rule.points);
  return fix(times === 1 ? 'points_once' : 'points_times', { missing, rule: rule.name, points: rule.points, times });
}

/** Which CRMs somebody has reached, and what is missing for the others ("12 of 20 points"); connections that export only. */
export interface Reached {
  readonly connection: string;
  readonly crm: string;
  readonly state: 'linked' | 'on_its_way' | 'points' | 'off';
  readonly score: number;
  readonly minimum: number;
}

export async function reachOf(deps: EngineDeps, contactId: string): Promise<readonly Reached[]> {
  const rows = await sql<{ name: string; crm: string; on: boolean; linked: boolean; score: number; minimum: number }>`
    select c.name, c.crm, (c.enabled and c.paused_reason is null) as on, p.score,
           coalesce((c.settings -> 'export' ->> 'minimumScore')::int, 0) as minimum,
           exists (select 1 from links l where l.connection_id = c.id and l.contact_id = p.id and l.role = 'primary') as linked
      from connections c join contacts p on p.id = ${contactId}
     where c.disconnected_at is null and (c.settings -> 'export' ->> 'enabled')::boolean order by c.created_at`.execute(
    deps.store.db,
  );
  return rows.rows.map(({ name, crm, on, linked, score, minimum }) => ({
    connection: name,
    crm,
    state: linked ? 'linked' : !on ? 'off' : score < minimum ? 'points' : 'on_its_way',
    score,
    minimum,
  }));
}
