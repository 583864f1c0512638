import { sql } from 'kysely';
import type { RemoteRecord } from '../connectors/kit/connector.ts';
import { compareLink, type LineDifference } from '../core/compare-link.ts';
import { DIFFERENCES_KEPT, type DifferenceWhy, gravest } from '../core/difference.ts';
import { optionBook, readable } from '../core/labels.ts';
import type { FieldSchema, Kind, LineKey, Value } from '../core/model.ts';
import { isEmpty } from '../core/value.ts';
import type { Trx } from '../store/db.ts';
import { ensurePartitions } from '../store/partitions.ts';
import type { ItemEffect } from './page-effects.ts';
import { type ContactState, type LinkState, readContacts, readLinks } from './page-state.ts';
import { nothingFound, type ParityFound } from './parity.ts';
import { readLinked } from './read-linked.ts';
import { carriesConsent, type RunContext } from './run-context.ts';
import { writeItemRows } from './samples.ts';
import { meetingOf, nameOf } from './settle-hub.ts';

/** People whose records are read and compared together: a whole batch of the CRM's, so that no call is half empty. */
const pageOf = ({ manifest }: RunContext): number => Math.max(1_000, manifest.batch.readByIds.value);

/** One linked person with all that a comparison looks at. */
interface Pair {
  readonly link: LinkState;
  readonly contact: ContactState;
  readonly crmOwed: boolean;
  readonly hubOwed: boolean;
  readonly rejected: ReadonlySet<LineKey>;
}

/**
 * R90: reads the linked records again, by id, and compares them with what stands here; nothing is written but the result. Begun
 * anew after a crash: it has no place of its own.
 */
export async function parityRun(ctx: RunContext, hooks: { readonly betweenPages: () => Promise<void> }): Promise<void> {
  const { deps, run } = ctx;
  await ensurePartitions(deps.store.db, 'items', [deps.clock.now()]);
  await sql`delete from items where run_id = ${run.id}`.execute(deps.store.db);
  const sample = run.parity?.sample ?? null;
  const drawn = sample === null ? null : await drawLots(ctx, sample);
  const freshSince = await lastLook(ctx);
  let found: ParityFound = { ...nothingFound(sample), linked: await countLinked(ctx) };
  let kept = 0;
  for (const kind of ctx.manifest.kinds) {
    let after = '';
    for (;;) {
      await hooks.betweenPages();
      const ids = await nextLinks(ctx, { kind, drawn, after });
      if (ids.length === 0) break;
      after = ids.at(-1) ?? after;
      const pairs = await readPairs(ctx, ids);
      const records = await readLinked(
        ctx,
        pairs.map((pair) => pair.link),
      );
      const items: ItemEffect[] = [];
      for (const pair of pairs) {
        const record = records.get(pair.link.crmId) ?? null;
        const differences = record === null ? null : compare(ctx, pair, { record, freshSince });
        found = addPerson(found, differences);
        if (differences?.length !== 0) items.push(itemOf(ctx, pair, { record, differences: differences ?? [] }));
      }
      // Whoever was missed is always named: one click owes them a look, and nobody behind the others may be left out of it.
      const shown = items.filter((item) => {
        if (item.reason === 'missed') return true;
        kept += 1;
        return kept <= DIFFERENCES_KEPT;
      });
      await keep(ctx, found, shown);
      if (ids.length < pageOf(ctx)) break;
    }
  }
}

function compare(
  ctx: RunContext,
  { link, contact, ...pair }: Pair,
  { record, freshSince }: { readonly record: RemoteRecord; readonly freshSince: number | null },
): readonly LineDifference[] {
  const { skewMs, settings } = ctx.connection;
  const isFresh = freshSince === null || record.modifiedAt === null || record.modifiedAt - skewMs >= freshSince;
  return compareLink(meetingOf(ctx, link, contact, record), {
    hubOwed: pair.hubOwed || isFresh || record.convertedTo !== undefined,
    crmOwed: pair.crmOwed,
    rejected: pair.rejected,
    exports: settings.export.enabled,
  });
}

/** Since when a record of the CRM may have changed without a run having had to see it; null: nothing was ever read. */
async function lastLook(ctx: RunContext): Promise<number | null> {
  const { rows } = await sql<{ at: number | null }>`
    select max(started_at) as at from runs where connection_id = ${ctx.connection.id} and direction = 'toHub' and status = 'succeeded'
       and not dry_run and undo is null and emails is null and lines is null and trigger <> 'webhook'`.execute(
    ctx.deps.store.db,
  );
  const at = rows[0]?.at ?? null;
  return at === null ? null : at - Math.max(0, ...ctx.manifest.feeds.map((feed) => feed.lagMs));
}

async function countLinked(ctx: RunContext): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from links where connection_id = ${ctx.connection.id} and role = 'primary'
       and state in ('active', 'frozen') and contact_id is not null`.execute(ctx.deps.store.db);
  return rows[0]?.count ?? 0;
}

/** Whom the lot falls on: drawn once, since it looks at every link. */
async function drawLots(ctx: RunContext, sample: number): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from links where connection_id = ${ctx.connection.id} and role = 'primary' and state in ('active', 'frozen')
       and contact_id is not null order by md5(id || ${ctx.run.id}) limit ${sample}`.execute(ctx.deps.store.db);
  return rows.map((row) => row.id);
}

/** The next links of one kind, by id; `drawn`: only these, null: all of them. */
async function nextLinks(
  ctx: RunContext,
  { kind, drawn, after }: { readonly kind: Kind; readonly drawn: readonly string[] | null; readonly after: string },
): Promise<readonly string[]> {
  const only = drawn === null ? sql`` : sql`and id = any(${drawn as string[]}::text[])`;
  const { rows } = await sql<{ id: string }>`
    select id from links where connection_id = ${ctx.connection.id} and kind = ${kind} and role = 'primary' and state in ('active', 'frozen')
       and contact_id is not null and id > ${after} ${only} order by id limit ${pageOf(ctx)}`.execute(
    ctx.deps.store.db,
  );
  return rows.map((row) => row.id);
}

/** Both sides' debts beside the people themselves, as they are before the records are read. */
async function readPairs(ctx: RunContext, linkIds: readonly string[]): Promise<readonly Pair[]> {
  const { deps, connection } = ctx;
  return deps.store.transaction(async (trx) => {
    const owners = await sql<{ contact_id: string }>`
      select contact_id from links where id = any(${linkIds as string[]}::text[])`.execute(trx);
    const contactIds = owners.rows.map((row) => row.contact_id);
    const wanted = new Set(linkIds);
    const links = (
      await readLinks(trx, connection.id, { crmIds: [], contactIds, lock: false, now: deps.clock.now() })
    ).filter((link) => wanted.has(link.id));
    const contacts = new Map(
      (
        await readContacts(trx, { ids: contactIds, emailKeys: [], lock: false, consents: carriesConsent(ctx.lines) })
      ).map((one) => [one.id, one]),
    );
    const owed = await readOwed(trx, connection.id, { contactIds, crmIds: links.map((link) => link.crmId) });
    return links.flatMap((link): Pair[] => {
      const contact = link.contactId === null ? undefined : contacts.get(link.contactId);
      if (contact === undefined) return [];
      return [
        {
          link,
          contact,
          crmOwed: owed.crm.has(contact.id),
          hubOwed: owed.hub.has(link.crmId),
          rejected: owed.rejected.get(contact.id) ?? new Set(),
        },
      ];
    });
  });
}

async function readOwed(
  trx: Trx,
  connectionId: string,
  of: { readonly contactIds: readonly string[]; readonly crmIds: readonly string[] },
) {
  const due = await sql<{ side: string; subject: string }>`
    select side, subject from due where connection_id = ${connectionId} and ((side = 'crm' and subject = any(${of.contactIds as string[]}::text[]))
        or (side = 'hub' and subject = any(${of.crmIds as string[]}::text[])))
    union select 'crm', contact_id from intents where connection_id = ${connectionId} and contact_id = any(${of.contactIds as string[]}::text[])`.execute(
    trx,
  );
  const open = await sql<{ contact_id: string; line: string }>`
    select contact_id, line from rejections where connection_id = ${connectionId} and resolved_at is null
       and contact_id = any(${of.contactIds as string[]}::text[])`.execute(trx);
  const rejected = new Map<string, Set<LineKey>>();
  for (const row of open.rows)
    rejected.set(row.contact_id, (rejected.get(row.contact_id) ?? new Set<LineKey>()).add(row.line));
  const on = (side: string): ReadonlySet<string> =>
    new Set(due.rows.filter((row) => row.side === side).map((row) => row.subject));
  return { crm: on('crm'), hub: on('hub'), rejected };
}

const plus = (
  counts: Readonly<Partial<Record<DifferenceWhy, number>>>,
  why: DifferenceWhy,
): Readonly<Partial<Record<DifferenceWhy, number>>> => ({ ...counts, [why]: (counts[why] ?? 0) + 1 });

/** @param differences null: the record is not there any more. */
function addPerson(found: ParityFound, differences: readonly LineDifference[] | null): ParityFound {
  const compared = found.compared + 1;
  if (differences === null) return { ...found, compared, people: plus(found.people, 'gone') };
  if (differences.length === 0) return { ...found, compared, equal: found.equal + 1 };
  return {
    ...found,
    compared,
    people: plus(found.people, gravest(differences.map((one) => one.why))),
    values: differences.reduce((values, one) => plus(values, one.why), found.values),
  };
}

function itemOf(
  ctx: RunContext,
  { link, contact }: Pair,
  of: { readonly record: RemoteRecord | null; readonly differences: readonly LineDifference[] },
): ItemEffect {
  const lines = new Map((ctx.lines[link.kind] ?? []).map((bound) => [bound.key, bound]));
  // Options have ids; people read labels.
  const shown = (value: Value, field: FieldSchema | undefined): Value =>
    !isEmpty(value) && (field?.type === 'oneOf' || field?.type === 'manyOf')
      ? readable(value, field, optionBook(field.options))
      : value;
  return {
    contactId: contact.id,
    email: contact.email,
    name: nameOf(contact),
    kind: link.kind,
    crmId: link.crmId,
    crmUrl: of.record?.url ?? link.crmUrl,
    outcome: 'unchanged',
    reason: of.record === null ? 'gone' : gravest(of.differences.map((one) => one.why)),
    params: {},
    changes: of.differences.map((one) => ({
      field: one.hubField,
      from: shown(one.hub, lines.get(one.key)?.hubField),
      to: shown(one.crm, lines.get(one.key)?.crmField),
      rule: one.why,
    })),
    conflicts: 0,
  };
}

/** What was found so far stands on the run: the page shows how far it is. */
async function keep(ctx: RunContext, found: ParityFound, items: readonly ItemEffect[]): Promise<void> {
  const { deps, run } = ctx;
  await deps.store.transaction(async (trx) => {
    if (items.length > 0) await writeItemRows(trx, run, items, deps.clock.now());
    await sql`update runs set parity = ${JSON.stringify(found)}::jsonb, api_calls = ${ctx.calls()} where id = ${run.id}`.execute(
      trx,
    );
  });
  deps.onProgress?.(run.id);
}
