import { sql } from 'kysely';
import type { Connector, Manifest, RemoteRecord } from '../connectors/kit/connector.ts';
import { emailKey } from '../core/email.ts';
import type { Kind } from '../core/model.ts';
import { readErasureList, rememberErased } from '../hub/privacy/erasure-list.ts';
import type { DeletionEnd, TakenDeletion } from '../store/crm-deletions.ts';
import type { Trx } from '../store/db.ts';

/** A record that was to be deleted and has become another one. */
interface Became {
  /** Of the deletion. */
  readonly id: number;
  readonly from: Kind;
  readonly to: string;
  readonly why: 'merged' | 'converted';
}

/** What it has become, as the CRM holds it now; `record` null: not there, or not ours to see. */
interface Winner {
  readonly kind: Kind;
  readonly crmId: string;
  readonly record: RemoteRecord | null;
}

/** Reads what these records have become, gathered by kind. */
export async function readMoved(
  connector: Connector,
  manifest: Manifest,
  moved: readonly Became[],
): Promise<ReadonlyMap<number, Winner>> {
  const kindOf = (one: Became): Kind =>
    one.why === 'converted' && manifest.kinds.includes('contact') ? 'contact' : one.from;
  const winners = new Map<number, Winner>();
  for (const [kind, members] of Map.groupBy(moved, kindOf)) {
    const records = await connector.readByIds(
      kind,
      members.map((one) => one.to),
      [],
    );
    for (const { id, to } of members) {
      const record = records.find((one) => one.id === to) ?? records.find((one) => one.formerIds.includes(to)) ?? null;
      winners.set(id, { kind, crmId: record?.id ?? to, record });
    }
  }
  return winners;
}

/** After so many moves it is asked for at longer intervals: nobody is led in a circle. */
const MOVES_MAX = 5;
const PAUSE_MS = 3_600_000;

interface Known {
  /** Hash of this record in the list of erasures. */
  readonly hashOf: (crmId: string) => string;
  readonly hashOfEmail: (key: string) => string;
  /** Records of contacts here, and of those who were erased; records that are owed anyway. */
  readonly linked: ReadonlySet<string>;
  readonly erased: ReadonlySet<string>;
  readonly owed: ReadonlySet<string>;
  /** Addresses of contacts here. */
  readonly living: ReadonlySet<string>;
}

/**
 * R18: never deletes what is not certainly the erased person's. What the record has become is theirs when it is one of the
 * records that were to go, or when nobody here and nobody else stands on it: each of its addresses is one of theirs. It is then
 * asked for in its place; everything else is told to a person.
 */
export async function judgeMoved(
  trx: Trx,
  connectionId: string,
  {
    rows,
    winners,
    at,
  }: { readonly rows: readonly TakenDeletion[]; readonly winners: ReadonlyMap<number, Winner>; readonly at: number },
): Promise<ReadonlyMap<number, DeletionEnd>> {
  if (winners.size === 0) return new Map();
  const known = await readKnown(trx, connectionId, [...winners.values()]);
  const ends = new Map<number, DeletionEnd>();
  const followed = new Map<string, string>();
  for (const row of rows) {
    const winner = winners.get(row.id);
    if (winner === undefined) continue;
    const { crmId, kind, record } = winner;
    const isOwed = (known.owed.has(crmId) && crmId !== row.crm_id) || followed.has(crmId);
    const verdict = isOwed ? 'owed' : verdictOn(row, winner, known);
    if (verdict === 'owed') ends.set(row.id, { id: row.id, end: 'done' });
    else if (verdict === 'theirs') {
      followed.set(crmId, known.hashOf(crmId));
      const notBefore = row.tries > MOVES_MAX ? at + PAUSE_MS : 0;
      const now = { kind, crmId, crmUrl: record?.url ?? null };
      ends.set(row.id, { id: row.id, end: 'later', notBefore, answer: null, now });
    } else ends.set(row.id, { id: row.id, end: 'told', why: verdict, answer: null, url: record?.url });
  }
  // R18c: whoever was erased is not imported again, whichever record they have become.
  await rememberErased(trx, [...followed.values()], at);
  return ends;
}

function verdictOn(
  row: TakenDeletion,
  { crmId, record }: Winner,
  known: Known,
): 'theirs' | 'moved' | 'kept' | 'came_back' {
  if (known.linked.has(crmId)) return 'moved';
  const mine = new Set(row.hashes);
  if (mine.has(known.hashOf(crmId))) return 'theirs';
  if (known.erased.has(crmId)) return 'kept';
  const keys = record === null ? [] : keysOf(record);
  if (keys.length === 0 || !keys.every((key) => mine.has(known.hashOfEmail(key)))) return 'moved';
  return keys.some((key) => known.living.has(key)) ? 'came_back' : 'theirs';
}

/** Every address of a record, an unusable one as it stands: it is nobody's known one. */
const keysOf = (record: RemoteRecord): string[] => record.emails.map((email) => emailKey(email) ?? email);

async function readKnown(trx: Trx, connectionId: string, winners: readonly Winner[]): Promise<Known> {
  const list = await readErasureList(trx);
  if (list === null) throw new Error('somebody was erased, and there is no list of erasures');
  const crmIds = [...new Set(winners.map((one) => one.crmId))];
  const keys = winners.flatMap(({ record }) => (record === null ? [] : keysOf(record)));
  const hashOf = (crmId: string): string => list.ofRecord(connectionId, crmId);
  const byHash = new Map(crmIds.map((crmId) => [hashOf(crmId), crmId]));
  const { rows } = await sql<{ what: 'linked' | 'owed' | 'erased' | 'living'; word: string }>`
    select 'linked' as what, crm_id as word from links
     where connection_id = ${connectionId} and contact_id is not null and crm_id = any(${crmIds}::text[])
    union all select 'owed', crm_id from crm_deletions where connection_id = ${connectionId} and crm_id = any(${crmIds}::text[])
    union all select 'erased', hash from erasures where hash = any(${[...byHash.keys()]}::text[])
    union all select 'living', email_key from contacts where email_key = any(${keys}::text[])
    union all select 'living', email_key from contact_emails where email_key = any(${keys}::text[])`.execute(trx);
  const wordsOf = (what: string): ReadonlySet<string> =>
    new Set(rows.filter((row) => row.what === what).map((row) => row.word));
  return {
    hashOf,
    hashOfEmail: list.ofEmail,
    linked: wordsOf('linked'),
    owed: wordsOf('owed'),
    erased: new Set([...wordsOf('erased')].flatMap((hash) => byHash.get(hash) ?? [])),
    living: wordsOf('living'),
  };
}
