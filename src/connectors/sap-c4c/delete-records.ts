import {
  type DeleteOutcome,
  type Deletion,
  deleteInCalls,
  deletionFault,
  deletionOutcomeOf,
  type RecordToDelete,
} from '../kit/deletion.ts';
import type { Operation } from './batch.ts';
import { BATCH, type C4cClient } from './client.ts';
import { type DecodeContext, decodeEntity, type Entity, etagOf, isObsolete } from './codec.ts';
import { collectionOf, type EntityName, entityOf, objectId, recordId } from './entities.ts';
import { deletionOf } from './faults.ts';
import { selected } from './select.ts';

const IS_ID = /^[0-9A-F]{32}$/;
/** Somebody may change a record between our look at it and its deletion: so often it is looked at again. */
const LOOKS = 3;
const NOT_NOW: DeleteOutcome = { kind: 'throttled', retryAt: null };

interface DeleteContext {
  readonly decode: () => Promise<DecodeContext>;
  readonly now: () => number;
}
type Outcomes = Map<string, DeleteOutcome>;

/**
 * Leads, 100 a `$batch`, each in a changeset of its own, for ever. Contacts and customers are master data, which SAP does not
 * delete: that is said, and nothing is sent (BEHAVIOR.md, "Deleting").
 */
export const c4cDeletion = (client: C4cClient, context: DeleteContext): Deletion => ({
  delete: async (records) => {
    try {
      return await deleteRecords(client, records, context);
    } catch (error) {
      // Looking failed: whatever was deleted before is met again as such.
      const outcome = deletionOutcomeOf(error);
      return records.map(() => (outcome.kind === 'unknown' ? NOT_NOW : outcome));
    }
  },
});

interface Task {
  readonly client: C4cClient;
  readonly decode: DecodeContext;
  readonly asked: ReadonlySet<string>;
  readonly now: () => number;
  readonly entityOfRecord: (record: RecordToDelete) => EntityName;
  /** The tenant's own word: does its service let anybody delete such records? */
  readonly isOffered: (record: RecordToDelete) => boolean;
}

async function deleteRecords(
  client: C4cClient,
  records: readonly RecordToDelete[],
  { decode: decoding, now }: DeleteContext,
): Promise<readonly DeleteOutcome[]> {
  const decode = await decoding();
  const sets = await client.setRights();
  const asked = new Set(records.map(({ id }) => id));
  const entityOfRecord = ({ kind, id }: RecordToDelete): EntityName => entityOf(kind, id, decode.settings.roles);
  const isOffered = (record: RecordToDelete): boolean =>
    sets.get(collectionOf(entityOfRecord(record)))?.deletable !== false;
  const task: Task = { client, decode, asked, now, entityOfRecord, isOffered };
  const outcomes: Outcomes = new Map();
  let waiting = records.filter(({ id }) => IS_ID.test(objectId(id)));
  for (let look = 0; look < LOOKS && waiting.length > 0; look += 1)
    waiting = await lookAndDelete(task, waiting, outcomes);
  // What is no ObjectID is nobody there.
  return records.map(({ id }) => outcomes.get(id) ?? DELETED);
}

/** Once over these records. @returns those that changed between the look and the deletion; they are `unknown` so far */
async function lookAndDelete(
  task: Task,
  records: readonly RecordToDelete[],
  outcomes: Outcomes,
): Promise<RecordToDelete[]> {
  const { client, now, entityOfRecord, isOffered } = task;
  const rows = await readRows(task, records);
  const moved = await contactsOf(task, rows);
  const going: RecordToDelete[] = [];
  for (const record of records) {
    const known = moved.get(record.id) ?? (isOffered(record) ? null : rows.has(record.id) ? NOT_OFFERED : DELETED);
    if (known === null) going.push(record);
    else outcomes.set(record.id, known);
  }
  const operationFor = (record: RecordToDelete): Operation => {
    const found = rows.get(record.id);
    return {
      method: 'DELETE',
      path: `${collectionOf(entityOfRecord(record))}('${objectId(record.id)}')`,
      // One that was not found may be hidden from us: SAP says which.
      ifMatch: (found === undefined ? null : etagOf(found.row)) ?? '*',
    };
  };
  const stale = new Set<RecordToDelete>();
  const told = await deleteInCalls(going, { perCall: BATCH }, async (batch) => {
    const answers = await client.batch(batch.map(operationFor));
    return batch.map((record, index): DeleteOutcome => {
      const answer = answers[index];
      const outcome = answer === undefined ? UNKNOWN : deletionOf(answer, now());
      if (outcome.kind !== 'stale') return outcome;
      stale.add(record);
      return UNKNOWN;
    });
  });
  going.forEach((record, index) => outcomes.set(record.id, told[index] ?? NOT_NOW));
  return [...stale];
}

const UNKNOWN: DeleteOutcome = { kind: 'unknown' };
const DELETED: DeleteOutcome = { kind: 'deleted' };
const NOT_OFFERED: DeleteOutcome = {
  kind: 'refused',
  faults: [deletionFault('rejected_by_crm', { why: 'deletion_not_offered' })],
};

interface Found {
  readonly entity: EntityName;
  readonly row: Entity;
}

/** As they are now, 1,000 a call; those that are not there are left out. */
async function readRows(
  { client, decode, entityOfRecord }: Task,
  records: readonly RecordToDelete[],
): Promise<ReadonlyMap<string, Found>> {
  const rows = new Map<string, Found>();
  for (const [entity, members] of Map.groupBy(records, entityOfRecord)) {
    const ids = members.map(({ id }) => objectId(id));
    for (const row of await client.among(entity, 'ObjectID', ids, selected(entity, [], decode)))
      rows.set(recordId(entity, row.ObjectID), { entity, row });
  }
  return rows;
}

/** Converted leads that live on as contacts or customers which nobody asked to delete. */
async function contactsOf({ client, decode, asked }: Task, rows: ReadonlyMap<string, Found>): Promise<Outcomes> {
  const became = [...rows].flatMap(([id, { entity, row }]) => {
    const to = decodeEntity(row, entity, decode).convertedTo?.id ?? null;
    return to === null || asked.has(to) ? [] : [{ id, to, entity: entityOf('contact', to, decode.settings.roles) }];
  });
  const alive = new Set<string>();
  for (const [entity, members] of Map.groupBy(became, (one) => one.entity)) {
    const ids = members.map(({ to }) => objectId(to));
    for (const row of await client.among(entity, 'ObjectID', ids, selected(entity, [], decode)))
      if (!isObsolete(entity, row)) alive.add(recordId(entity, row.ObjectID));
  }
  return new Map(
    became.flatMap(({ id, to }) => (alive.has(to) ? [[id, { kind: 'moved', to, why: 'converted' }]] : [])),
  );
}
