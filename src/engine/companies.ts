import { sql } from 'kysely';
import type { Company } from '../connectors/kit/companies.ts';
import { RemoteError } from '../connectors/kit/errors.ts';
import { keptValue } from '../core/kept-value.ts';
import type { Fault } from '../core/model.ts';
import { companyKey, endedSince, keepCompanies } from './company-store.ts';
import type { RunContext } from './run-context.ts';
import { checkLease } from './sync-page.ts';

/** Who needs a company that is being made by somebody else, or whose answer never came, is asked again after this. */
const AGAIN_MS = 5_000;

/** What became of the companies that a batch of people needs, by normalised name. */
export interface CompaniesFound {
  readonly ids: ReadonlyMap<string, string>;
  /** Not known yet: the people who need them wait until then, ms. */
  readonly waiting: ReadonlyMap<string, number>;
  /** The CRM does not take them. */
  readonly refused: ReadonlyMap<string, Fault>;
}

const NONE: CompaniesFound = { ids: new Map(), waiting: new Map(), refused: new Map() };

/**
 * R25: the companies of these names, found in what we know, then in the CRM, else made: once per connection and normalised
 * name, announced before the call, so that a company whose answer never came is sought and not made again. Some calls for
 * a batch, whatever the number of people. @throws RemoteError when the CRM cannot be asked at all.
 */
export async function resolveCompanies(ctx: RunContext, names: readonly string[]): Promise<CompaniesFound> {
  const wanted = new Map(names.map((name) => [companyKey(name), name.trim()] as const).filter(([key]) => key !== ''));
  const part = ctx.connector.companies;
  if (wanted.size === 0 || part === undefined) return NONE;
  const ids = await known(ctx, [...wanted.keys()]);
  const missing = [...wanted].filter(([key]) => !ids.has(key));
  if (missing.length === 0) return { ...NONE, ids };
  const found = await withoutEnded(ctx, await part.find(missing.map(([, name]) => name)));
  const there = missing.flatMap(([key], index) => {
    // Of several of one name the oldest, so that it is always the same.
    const [first] = [...(found[index] ?? [])].sort((a, b) => order(a.id, b.id));
    return first === undefined ? [] : [{ key, company: first }];
  });
  for (const { key, company } of there) ids.set(key, company.id);
  const absent = missing.filter(([key]) => !ids.has(key)).map(([key, name]) => ({ key, name }));
  const announced = await announce(ctx, { there: there.map(({ company }) => company), absent });
  ctx.deps.checkpoint?.('companies:announced');
  const made = await make(ctx, announced.mine);
  for (const [key, id] of made.ids) ids.set(key, id);
  return { ids, waiting: new Map([...announced.others, ...made.waiting]), refused: made.refused };
}

/** R31: an index that is behind finds what was deleted a moment ago; it is not believed to be back for as long as that may be. */
export async function withoutEnded(
  { deps, connection, manifest }: RunContext,
  found: readonly (readonly Company[])[],
): Promise<readonly (readonly Company[])[]> {
  if (manifest.lookupLagMs === 0) return found;
  const since = deps.clock.now() - manifest.lookupLagMs;
  const ids = found.flat().map(({ id }) => id);
  const ended = await endedSince(deps.store.db, connection.id, ids, since);
  return ended.size === 0 ? found : found.map((companies) => companies.filter(({ id }) => !ended.has(id)));
}

/** By number where ids are numbers, else by text. */
const order = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : 1);

async function known(ctx: RunContext, keys: readonly string[]): Promise<Map<string, string>> {
  const rows = await sql<{ name_key: string; crm_id: string }>`
    select distinct on (name_key) name_key, crm_id from companies
     where connection_id = ${ctx.connection.id} and name_key = any(${keys as string[]}::text[]) and gone_at is null
     order by name_key, length(crm_id), crm_id`.execute(ctx.deps.store.db);
  return new Map(rows.rows.map((row) => [row.name_key, row.crm_id]));
}

interface Wanted {
  readonly key: string;
  readonly name: string;
}

/**
 * Keeps what was found and announces what is to be made, in one transaction. What is announced already is somebody else's,
 * or ours from before a crash: absence is believed only after the CRM's look-ups can no longer lag (R31), then it is ours.
 */
async function announce(
  ctx: RunContext,
  { there, absent }: { readonly there: readonly Company[]; readonly absent: readonly Wanted[] },
): Promise<{ readonly mine: readonly Wanted[]; readonly others: readonly (readonly [string, number])[] }> {
  const { deps, connection, manifest } = ctx;
  const now = deps.clock.now();
  const taken = await deps.store.transaction(async (trx) => {
    await checkLease(trx, ctx);
    await keepCompanies(trx, connection.id, there, { at: now, revives: true });
    if (absent.length === 0) return new Set<string>();
    const rows = await sql<{ name_key: string }>`
      insert into company_intents (connection_id, name_key, name, created_at)
      select ${connection.id}::text, key, name, ${now}::bigint from jsonb_to_recordset(${JSON.stringify(absent)}::jsonb) as n(key text, name text)
      on conflict (connection_id, name_key) do update set created_at = excluded.created_at, tries = company_intents.tries + 1
        where company_intents.created_at <= ${now - Math.max(manifest.lookupLagMs, AGAIN_MS)}
      returning name_key`.execute(trx);
    return new Set(rows.rows.map((row) => row.name_key));
  });
  return {
    mine: absent.filter(({ key }) => taken.has(key)),
    others: absent.filter(({ key }) => !taken.has(key)).map(({ key }) => [key, now + AGAIN_MS] as const),
  };
}

async function make(ctx: RunContext, wanted: readonly Wanted[]): Promise<CompaniesFound> {
  const part = ctx.connector.companies;
  if (wanted.length === 0 || part === undefined) return NONE;
  const { deps, connection } = ctx;
  const outcomes = await part.create(wanted.map(({ key, name }) => ({ key, name })));
  deps.checkpoint?.('companies:made');
  const ids = new Map<string, string>();
  const waiting = new Map<string, number>();
  const refused = new Map<string, Fault>();
  const made: Company[] = [];
  const now = deps.clock.now();
  let notNow: number | null = null;
  for (const [index, { key, name }] of wanted.entries()) {
    const outcome = outcomes[index] ?? { kind: 'unknown' };
    if (outcome.kind === 'stored' || (outcome.kind === 'exists' && outcome.id !== null)) {
      const id = outcome.id ?? '';
      ids.set(key, id);
      made.push({ id, name });
    } else if (outcome.kind === 'refused') {
      const params = { ...outcome.faults[0]?.params, value: keptValue(name) };
      refused.set(key, { reason: outcome.faults[0]?.reason ?? 'rejected_by_crm', field: null, params });
    } else if (outcome.kind === 'throttled') {
      notNow = outcome.retryAt ?? now + 60_000;
      waiting.set(key, notNow);
    } else waiting.set(key, now + Math.max(ctx.manifest.lookupLagMs, AGAIN_MS));
  }
  // What was not done is not on its way; what has no answer stays announced.
  const over = [...ids.keys(), ...refused.keys(), ...(notNow === null ? [] : notDone(wanted, outcomes))];
  await deps.store.transaction(async (trx) => {
    await keepCompanies(trx, connection.id, made, { at: now, revives: true });
    await sql`delete from company_intents where connection_id = ${connection.id} and name_key = any(${over}::text[])`.execute(
      trx,
    );
  });
  if (notNow !== null && ids.size === 0 && waiting.size === wanted.length)
    throw new RemoteError('throttled', `${ctx.manifest.label} makes no companies now`, { retryAt: notNow });
  return { ids, waiting, refused };
}

const notDone = (wanted: readonly Wanted[], outcomes: readonly { readonly kind: string }[]): readonly string[] =>
  wanted.filter((_, index) => outcomes[index]?.kind === 'throttled').map(({ key }) => key);
