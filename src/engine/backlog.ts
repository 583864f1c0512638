import { sql } from 'kysely';
import type { ConnectionSettings } from '../api/contract/connection.ts';
import type { Manifest } from '../connectors/kit/connector.ts';
import type { BoundLine } from '../core/decide.ts';
import { agrees } from '../core/decide-line.ts';
import { type LineKey, type LineShadow, lineKey, type MappingLine } from '../core/model.ts';
import {
  type Carrying,
  type ChangedFilter,
  type ChangedLine,
  changedFilter,
  changedLines,
} from '../core/settings-diff.ts';
import {
  agreedPairs,
  type BacklogKind,
  countBacklog,
  forgetBacklog,
  markKinds,
  markPassing,
  markPeopleOfLines,
  markRecordsOfLines,
  markRefused,
  reopenAgreements,
} from '../store/backlog.ts';
import type { Queryable, Trx } from '../store/db.ts';
import { bindRun } from './bind-run.ts';
import { type Connection, loadConnection, manifestOf, type StoredBacklog } from './connection.ts';
import type { EngineDeps } from './deps.ts';
import { LAZY_FIELDS } from './settle-hub.ts';

/** How far it is; null: everything is in line. */
export interface Backlog extends StoredBacklog {
  readonly done: number;
  /** Calls that the rest costs at most: reading everybody again, and writing to those whom the CRM is owed something for. */
  readonly calls: number;
}

/** More different values than that on one line are not translated anew: no list has so many. */
const PAIRS_MAX = 10_000;

/** What a save leaves to be brought into line, found before its transaction. */
export interface SettingsDebt {
  readonly lines: readonly ChangedLine[];
  readonly filter: ChangedFilter | null;
  /** Feeds whose first load the CRM filters. */
  readonly filteredFeeds: readonly string[];
  /** R13: who passes the gate now; `below`: who passed it already. */
  readonly gate: { readonly minimumScore: number; readonly below: number | null } | null;
  readonly reopened: readonly {
    readonly key: LineKey;
    readonly hub: string;
    readonly source: 'hub' | 'crm';
    /** Whose mark it is. */
    readonly side: 'hub' | 'crm';
    readonly pairs: readonly LineShadow[];
  }[];
}

interface After {
  readonly mappings: readonly MappingLine[];
  readonly settings: ConnectionSettings;
}

const carrying = ({ mappings, settings }: After): Carrying => ({
  mappings,
  exports: settings.export.enabled,
  systemFieldsOnContacts: settings.export.systemFieldsOnContacts,
});

/** Compares settings before and after a save. Reads only; null: nothing is left to be done. */
export async function settingsDebt(deps: EngineDeps, before: Connection, after: After): Promise<SettingsDebt | null> {
  const manifest = manifestOf(deps, before.crm);
  const lines = changedLines(carrying(before), carrying(after));
  const filter = changedFilter(before.settings.import, after.settings.import, manifest.kinds);
  const was = before.settings.export;
  const is = after.settings.export;
  const minimumScore = is.minimumScore ?? 51;
  const below = was.enabled ? (was.minimumScore ?? 51) : null;
  const gate = is.enabled && (below === null || minimumScore < below) ? { minimumScore, below } : null;
  if (lines.length === 0 && filter === null && gate === null) return null;
  // Only a feed of contacts alone is filtered by the CRM at its first load (R11).
  const filteredFeeds = manifest.feeds
    .filter((feed) => feed.kind === 'contact' && feed.carries === 'changes')
    .map((feed) => feed.name);
  return {
    lines,
    filter,
    filteredFeeds,
    gate,
    reopened: await translatedAnew(deps, { before, after, manifest, lines }),
  };
}

interface Translation {
  readonly before: Connection;
  readonly after: After;
  readonly manifest: Manifest;
  readonly lines: readonly ChangedLine[];
}

/** Pairs of values that agreed under the old translation and do not under the new one, where both can still be translated. */
async function translatedAnew(deps: EngineDeps, input: Translation): Promise<SettingsDebt['reopened']> {
  const { before, after, manifest } = input;
  const { schema } = before;
  const changed = input.lines.filter((line) => line.translates);
  if (changed.length === 0 || schema === null) return [];
  const bind = async (connection: Connection): Promise<ReadonlyMap<LineKey, BoundLine>> => {
    const { lines } = await bindRun(deps, { connection, manifest, schema, keep: false });
    return new Map(
      Object.values(lines)
        .flat()
        .map((line) => [line.key, line]),
    );
  };
  const old = await bind(before);
  const present = await bind({ ...before, mappings: after.mappings, settings: after.settings });
  const result: SettingsDebt['reopened'][number][] = [];
  for (const line of changed) {
    const [was, is] = [old.get(line.key), present.get(line.key)];
    if (was === undefined || is === undefined) continue;
    const pairs = await agreedPairs(deps.store.db, before.id, { key: line.key, limit: PAIRS_MAX });
    const agreeing = (bound: BoundLine, pair: LineShadow): boolean => agrees({ bound, shadow: pair, ...pair });
    const other = pairs.filter(
      (pair) =>
        agreeing(was, pair) && !agreeing(is, pair) && is.codec.toCrm(pair.hub).ok && is.codec.toHub(pair.crm).ok,
    );
    if (other.length > 0)
      result.push({
        key: line.key,
        hub: line.hub,
        source: line.toCrm ? 'hub' : 'crm',
        side: line.toCrm ? 'crm' : 'hub',
        pairs: other,
      });
  }
  return result;
}

/**
 * R36: owes a look to exactly those whom the save can affect, some statements whatever their number, in the transaction of
 * the save. A record of the CRM is looked at where values may come in (what then has to go out is owed by that look); a
 * person where they may only go out.
 */
export async function oweSettings(trx: Trx, connectionId: string, debt: SettingsDebt, at: number): Promise<void> {
  const isLazy = debt.lines.some((line) => line.edited && line.toCrm && LAZY_FIELDS.includes(line.hub));
  const how: BacklogKind = isLazy ? 'calculated' : 'plain';
  const marking = { connectionId, how, at };
  const whole = debt.lines.filter((line) => !line.refusedOnly);
  const looked = new Set(whole.filter((line) => line.toHub).map((line) => line.kind));
  const before = await countBacklog(trx, connectionId);
  for (const line of debt.reopened) await reopenAgreements(trx, line, marking);
  await markRecordsOfLines(
    trx,
    whole.filter((line) => line.toHub),
    marking,
  );
  await markPeopleOfLines(
    trx,
    whole.filter((line) => line.toCrm && !looked.has(line.kind)),
    marking,
  );
  for (const side of ['hub', 'crm'] as const)
    await markRefused(
      trx,
      debt.lines.filter((line) => line.refusedOnly && (side === 'hub' ? line.toHub : line.toCrm)),
      side,
      marking,
    );
  if (debt.filter !== null) await markKinds(trx, debt.filter.kinds, marking);
  if (debt.gate !== null) await markPassing(trx, debt.gate, marking);
  await noteBacklog(trx, connectionId, {
    before: before.hub + before.crm,
    at,
    lines: debt.lines.filter((line) => line.edited).map((line) => line.key),
    also: [...(debt.filter === null ? [] : (['filter'] as const)), ...(debt.gate === null ? [] : (['score'] as const))],
    needsFullRead: debt.filter?.needsFullRead === true && (await hasRead(trx, connectionId, debt.filteredFeeds)),
  });
}

/** The first load of one of these feeds has begun: the CRM's own query has left somebody out. */
async function hasRead(trx: Trx, connectionId: string, feeds: readonly string[]): Promise<boolean> {
  const row = await trx
    .selectFrom('cursors')
    .select('feed')
    .where('connection_id', '=', connectionId)
    .where(sql<boolean>`feed = any(${feeds as string[]}::text[])`)
    .executeTakeFirst();
  return row !== undefined;
}

/** Keeps what is to be told: what was left of an earlier change and what came with this one are one backlog. */
export async function noteBacklog(
  trx: Trx,
  connectionId: string,
  news: Pick<StoredBacklog, 'lines' | 'also' | 'needsFullRead'> & {
    /** How many looks were left before. */
    readonly before: number;
    readonly at: number;
  },
): Promise<void> {
  const row = await trx.selectFrom('connections').select('backlog').where('id', '=', connectionId).executeTakeFirst();
  const left = await countBacklog(trx, connectionId);
  const remaining = left.hub + left.crm;
  // The column holds only what this file wrote.
  const old = (row?.backlog ?? null) as StoredBacklog | null;
  const kept = old !== null && (news.before > 0 || old.needsFullRead) ? old : null;
  const needsFullRead = news.needsFullRead || kept?.needsFullRead === true;
  const done = kept === null ? 0 : Math.max(0, kept.total - news.before);
  const stored: StoredBacklog | null =
    remaining === 0 && !needsFullRead
      ? null
      : {
          since: news.needsFullRead ? news.at : (kept?.since ?? news.at),
          lines: [...new Set([...(kept?.lines ?? []), ...news.lines])],
          also: [...new Set([...(kept?.also ?? []), ...news.also])],
          total: done + remaining,
          needsFullRead,
        };
  await sql`update connections set backlog = ${stored === null ? null : JSON.stringify(stored)}::jsonb where id = ${connectionId}`.execute(
    trx,
  );
}

const pages = (count: number, size: number): number => Math.ceil(count / Math.max(1, size));

/** What a look at so many records costs at most. */
export function costOf(manifest: Manifest, left: { readonly hub: number; readonly crm: number }): number {
  const { batch, capabilities } = manifest;
  const read = pages(left.hub, batch.readByIds.value) + pages(left.crm, batch.readByIds.value);
  const written = pages(left.crm, batch.update.value);
  return read + written + (capabilities.answersCarryRecord ? 0 : pages(left.crm, batch.readByIds.value));
}

/** R36: what changes of the settings have left to be brought into line; null: nothing. Two cheap statements at most. */
export async function backlogOf(deps: EngineDeps, connection: Connection): Promise<Backlog | null> {
  const { backlog } = connection;
  if (backlog === null) return null;
  const counted = await countBacklog(deps.store.db, connection.id);
  // While nothing goes out, nothing of that waits.
  const left = connection.settings.export.enabled ? counted : { ...counted, crm: 0 };
  const remaining = left.hub + left.crm;
  if (remaining === 0 && !backlog.needsFullRead) return null;
  const manifest = manifestOf(deps, connection.crm);
  // Each record that is looked at may owe the CRM something, where one of its lines goes both ways.
  const mayGoOut =
    connection.settings.export.enabled &&
    connection.mappings.some((line) => line.direction === 'both' && backlog.lines.includes(lineKey(line)));
  return {
    ...backlog,
    // A look may owe one to the other side: then there is more to do than was foreseen, never less than nothing done.
    total: Math.max(backlog.total, remaining),
    done: Math.max(0, backlog.total - remaining),
    calls: costOf(manifest, left) + (mayGoOut ? costOf(manifest, { hub: 0, crm: left.hub }) : 0),
  };
}

/** A full read that began after the change has seen everybody (R36). */
export async function noteFullRead(q: Queryable, connectionId: string, startedAt: number): Promise<void> {
  await sql`update connections set backlog = jsonb_set(backlog, '{needsFullRead}', 'false')
             where id = ${connectionId} and backlog is not null and (backlog ->> 'since')::bigint <= ${startedAt}`.execute(
    q,
  );
}

/** The bar goes; what is owed stays owed. */
export async function dismissBacklog(deps: EngineDeps, idOrName: string): Promise<void> {
  const { id } = await loadConnection(deps.store.db, idOrName);
  await deps.store.transaction((trx) => forgetBacklog(trx, id));
}
