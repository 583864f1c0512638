import { sql } from 'kysely';
import { reasonText } from '../api/messages/reason-text.ts';
import type { EngineDeps } from '../engine/deps.ts';
import type { RunView } from '../engine/runs.ts';

const PEOPLE = 10;
const MARKS = {
  created: { sign: '+', colour: 32 },
  updated: { sign: '~', colour: 33 },
  rejected: { sign: '!', colour: 31 },
} as const;
const OUTCOMES = ['created', 'updated', 'rejected'] as const;

interface Row {
  name: string | null;
  email: string | null;
  reason: string | null;
  params: Readonly<Record<string, string | number>> | null;
  changes: readonly { readonly field: string; readonly from: unknown; readonly to: unknown }[];
}

const paint = (colour: number, text: string): string => `\u001b[${colour}m${text}\u001b[0m`;
const shown = (value: unknown): string => (value === null || value === undefined || value === '' ? '–' : String(value));

/** A plan in colour: per direction and outcome who, and what would become of which field; ten people each, then how many more. */
export async function planText(engine: EngineDeps, runs: readonly RunView[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const run of runs) {
    lines.push('', run.direction === 'toHub' ? `${run.connection} → Tandem` : `Tandem → ${run.connection}`);
    const before = lines.length;
    for (const outcome of OUTCOMES) lines.push(...(await people(engine, run, outcome)));
    if (lines.length === before) lines.push('  Nothing would be written.');
    if (run.plan !== null) lines.push(paint(2, `  It would cost about ${run.plan.calls} API calls.`));
  }
  return lines;
}

async function people(
  engine: EngineDeps,
  run: RunView,
  outcome: (typeof OUTCOMES)[number],
): Promise<readonly string[]> {
  const found = await sql<Row>`
    select name, email, reason, params, changes from items where run_id = ${run.id} and outcome = ${outcome} order by id limit ${PEOPLE}`.execute(
    engine.store.db,
  );
  const { sign, colour } = MARKS[outcome];
  const crm = await crmOf(engine, run);
  const lines = found.rows.map((row) => {
    const who = row.email ?? row.name ?? '–';
    const changes = row.changes
      .map((one) => `${one.field}: ${shown(one.from)} → ${paint(1, shown(one.to))}`)
      .join(', ');
    const why = row.reason === null ? '' : whyText(row, outcome, crm);
    return `  ${paint(colour, `${sign} ${who}`)}  ${[why, changes].filter((part) => part !== '').join('  ')}`;
  });
  const more = run.counts[outcome] - found.rows.length;
  return more > 0 ? [...lines, paint(2, `    … and ${more} more ${outcome}`)] : lines;
}

/** A rejection as a sentence; what else happened (linked, converted …) by its word. */
const whyText = (row: Row, outcome: string, crm: string): string =>
  outcome === 'rejected' && row.reason !== null
    ? reasonText('en', {
        reason: row.reason,
        field: String(row.params?.['field'] ?? ''),
        name: row.name,
        email: row.email,
        crm,
        params: row.params ?? {},
      }).message
    : (row.reason ?? '').replaceAll('_', ' ');

async function crmOf(engine: EngineDeps, run: RunView): Promise<string> {
  const row = await engine.store.db
    .selectFrom('connections')
    .select('crm')
    .where('id', '=', run.connectionId)
    .executeTakeFirst();
  return engine.manifests.get(row?.crm ?? '')?.label ?? run.connection;
}
