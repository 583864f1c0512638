import { sql } from 'kysely';
import { NotFound } from '../core/invalid-input.ts';
import type { Value } from '../core/model.ts';
import type { EngineDeps } from './deps.ts';

/** One thing that happened between a person and a CRM, as data; the sentence is made in the reader's language. */
export interface Fact {
  readonly at: number;
  /** Message key under `story.`. */
  readonly fact: string;
  /** `todo`: somebody should do something. `note`: good to know. `good`: all is well. */
  readonly tone: 'todo' | 'note' | 'good';
  readonly connection: string;
  readonly crm: string;
  readonly params: Readonly<Record<string, string | number>>;
  /** The hub field it is about. */
  readonly field: string | null;
  readonly rule: string | null;
  readonly run: string | null;
  /** An open rejection, for its sentence. */
  readonly rejection: RejectionFact | null;
  readonly conflict: ConflictFact | null;
}

interface RejectionFact {
  readonly id: string;
  readonly reason: string;
  readonly field: string | null;
  readonly name: string | null;
  readonly email: string | null;
  readonly params: Readonly<Record<string, string | number>> | null;
}
interface ConflictFact {
  readonly id: string;
  readonly hubValue: Value;
  readonly crmValue: Value;
  readonly winner: string | null;
  readonly why: string;
  readonly status: string;
}

const EACH_MAX = 10;
const RULES: Readonly<Record<string, string>> = {
  deleted_in_crm: 'R18',
  merged_away: 'R18b',
  merged_here: 'R18b',
  converted: 'R16',
  not_ticked: 'R19',
  box_off: 'R19',
  duplicate: 'R14',
  belongs_to_sales: 'R12',
  conflict: 'R4',
  held: 'R4c',
  resubscribe: 'R8',
  slowed: 'R34',
};

/** What happened to a person in each CRM and why: what waits for somebody first, then the newest. Five statements. */
export async function storyOf(deps: EngineDeps, contactId: string): Promise<readonly Fact[]> {
  const { db } = deps.store;
  const contact = await db.selectFrom('contacts').select('id').where('id', '=', contactId).executeTakeFirst();
  if (contact === undefined) throw new NotFound('contact');
  const facts = [
    ...(await linkFacts(deps, contactId)),
    ...(await rejectionFacts(deps, contactId)),
    ...(await conflictFacts(deps, contactId)),
    ...(await runFacts(deps, contactId)),
  ];
  const rank = { todo: 0, note: 1, good: 2 } as const;
  return facts.sort((a, b) => rank[a.tone] - rank[b.tone] || b.at - a.at);
}

const bare = { params: {}, field: null, run: null, rejection: null, conflict: null } as const;
const withRule = (fact: string): Pick<Fact, 'fact' | 'rule'> => ({ fact, rule: RULES[fact] ?? null });

/** How the records of this person stand. */
async function linkFacts(deps: EngineDeps, contactId: string): Promise<readonly Fact[]> {
  const { rows } = await sql<{
    connection: string;
    crm: string;
    kind: string;
    crm_id: string;
    former_ids: readonly string[];
    role: string;
    state: string;
    state_why: string | null;
    state_since: number | null;
    at: number;
  }>`
    select c.name as connection, c.crm, l.kind, l.crm_id, l.former_ids, l.role, l.state, l.state_why, l.state_since,
           coalesce(l.state_since, l.last_synced_at, l.updated_at) as at
      from links l join connections c on c.id = l.connection_id where l.contact_id = ${contactId}`.execute(
    deps.store.db,
  );
  return rows.flatMap((row): Fact[] => {
    const common = { ...bare, at: row.at, connection: row.connection, crm: row.crm, params: { id: row.crm_id } };
    const facts: Fact[] = [];
    if (row.role === 'merged_away') return [{ ...common, ...withRule('merged_away'), tone: 'note' }];
    if (row.role === 'duplicate') return [{ ...common, ...withRule('duplicate'), tone: 'note' }];
    if (row.former_ids.length > 0)
      facts.push({
        ...common,
        ...withRule('merged_here'),
        tone: 'note',
        params: { id: row.crm_id, former: row.former_ids.join(', ') },
      });
    if (row.state === 'active')
      facts.push({ ...common, ...withRule(row.kind === 'contact' ? 'belongs_to_sales' : 'in_step'), tone: 'good' });
    else facts.push({ ...common, ...withRule(row.state_why ?? row.state), tone: 'note' });
    return facts;
  });
}

/** What one side does not take, with what to do. */
async function rejectionFacts(deps: EngineDeps, contactId: string): Promise<readonly Fact[]> {
  const { rows } = await sql<RejectionFact & { connection: string; crm: string; run_id: string | null; at: number }>`
    select r.id, r.reason, r.field, r.name, r.email, r.params, r.run_id, r.last_at as at, c.name as connection, c.crm
      from rejections r join connections c on c.id = r.connection_id
     where r.contact_id = ${contactId} and r.resolved_at is null order by r.last_at desc limit ${EACH_MAX}`.execute(
    deps.store.db,
  );
  return rows.map(({ connection, crm, run_id: run, at, ...rejection }) => ({
    ...bare,
    at,
    fact: 'rejected',
    rule: 'R15',
    tone: 'todo',
    connection,
    crm,
    run,
    rejection,
  }));
}

/** Both values, the winner and why; held ones wait for somebody. */
async function conflictFacts(deps: EngineDeps, contactId: string): Promise<readonly Fact[]> {
  const { rows } = await sql<{
    id: string;
    hub_field: string;
    hub_value: Value;
    crm_value: Value;
    winner: string | null;
    why: string;
    status: string;
    run_id: string | null;
    at: number;
    connection: string;
    crm: string;
  }>`
    select k.id, k.hub_field, k.hub_value, k.crm_value, k.winner, k.why, k.status, k.run_id, k.at, c.name as connection, c.crm
      from conflicts k join connections c on c.id = k.connection_id where k.contact_id = ${contactId} and k.status in ('held', 'decided')
     order by (k.status = 'held') desc, k.at desc limit ${EACH_MAX}`.execute(deps.store.db);
  return rows.map((row) => {
    const isHeld = row.status === 'held';
    const fact = isHeld ? (row.why === 'resubscribe' ? 'resubscribe' : 'held') : 'conflict';
    return {
      ...bare,
      ...withRule(fact),
      at: row.at,
      tone: isHeld ? 'todo' : 'note',
      connection: row.connection,
      crm: row.crm,
      field: row.hub_field,
      run: row.run_id,
      conflict: {
        id: row.id,
        hubValue: row.hub_value,
        crmValue: row.crm_value,
        winner: row.winner,
        why: row.why,
        status: row.status,
      },
    };
  });
}

/** Runs that carried something of this person while the CRM asked to slow down. */
async function runFacts(deps: EngineDeps, contactId: string): Promise<readonly Fact[]> {
  const { rows } = await sql<{
    run_id: string;
    slowed: number;
    waited_ms: number;
    at: number;
    connection: string;
    crm: string;
  }>`
    select distinct r.id as run_id, r.slowed, r.waited_ms, coalesce(r.ended_at, r.created_at) as at, c.name as connection, c.crm
      from items i join runs r on r.id = i.run_id and r.slowed > 0 and not r.dry_run join connections c on c.id = r.connection_id
     where i.contact_id = ${contactId} order by at desc limit ${EACH_MAX}`.execute(deps.store.db);
  return rows.map((row) => ({
    ...bare,
    ...withRule('slowed'),
    at: row.at,
    tone: 'note',
    connection: row.connection,
    crm: row.crm,
    run: row.run_id,
    params: { count: row.slowed, seconds: Math.round(row.waited_ms / 100) / 10 },
  }));
}
