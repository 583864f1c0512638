import { z } from 'zod';
import type { FieldSchema } from '../../core/model.ts';
import { atOnce } from '../kit/at-once.ts';
import type { RemoteWrite, WriteOutcome } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import type { HttpAnswer } from '../kit/http.ts';
import { outcomeOfFailure } from '../kit/outcomes.ts';
import { chunks } from '../kit/read.ts';
import { IN_FLIGHT, type SalesforceClient } from './client.ts';
import { encodeValue, objectOf } from './codec.ts';
import { outcomeOf, type SalesforceError } from './faults.ts';

export const COLLECTION = 200;

const resultsSchema = z.array(
  z.object({ id: z.string().nullish(), success: z.boolean(), errors: z.array(z.looseObject({})).nullish() }),
);

export interface WriteOptions {
  readonly fields: Readonly<Record<'Lead' | 'Contact', ReadonlyMap<string, FieldSchema>>>;
  /** R48: the org's active assignment rule gives new leads their owner. */
  readonly assigns: boolean;
}

/**
 * An option of the connection; where nobody has chosen, what it says of automations in general. An existing lead is never
 * assigned anew, nor one that the map of owners gives to somebody (BEHAVIOR.md, "Owners").
 */
export const assignsLeads = (options: Readonly<Record<string, unknown>>, startAutomations: boolean): boolean =>
  options['assignmentRule'] === undefined ? startAutomations : options['assignmentRule'] === 'default';

/** Collections of 200, each row for itself; the answer has the rows' order and no values. */
export async function writeRecords(
  client: SalesforceClient,
  writes: readonly RemoteWrite[],
  options: WriteOptions,
): Promise<readonly WriteOutcome[]> {
  const outcomes = new Map<string, WriteOutcome>();
  for (const op of ['update', 'create'] as const) {
    // Leads that the rule gives an owner are a call of their own: the header speaks for the whole call.
    const isAssigned = (write: RemoteWrite): boolean =>
      options.assigns && op === 'create' && write.kind === 'lead' && write.owner === undefined;
    // One object's rows stay together: at most ten chunks of adjacent types are allowed in one call.
    const rows = writes
      .filter((write) => write.op === op)
      .sort((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0));
    for (const assigned of [false, true]) {
      const same = rows.filter((write) => isAssigned(write) === assigned);
      const send = (batch: readonly RemoteWrite[]): Promise<void> =>
        writeRows(
          client,
          op,
          batch.map((write) => rowOf(options, write)),
          { assigned, outcomes },
        );
      const batches = chunks(same, COLLECTION);
      // A contact locks its account, and two at once would fail by turns (UNABLE_TO_LOCK_ROW); a lead belongs to nobody.
      const isFree = (batch: readonly RemoteWrite[]): boolean => batch.every(({ kind }) => kind === 'lead');
      await atOnce(
        batches.filter((batch) => !isFree(batch)),
        1,
        send,
      );
      await atOnce(batches.filter(isFree), IN_FLIGHT, send);
    }
  }
  return writes.map((write) => outcomes.get(write.key) ?? { kind: 'throttled', retryAt: null });
}

/** What stands in the call, and whose outcome it is. */
interface RowWrite {
  readonly key: string;
  /** Of an update. */
  readonly id?: string;
  readonly record: Readonly<Record<string, unknown>>;
}
interface Sink {
  readonly assigned: boolean;
  readonly outcomes: Map<string, WriteOutcome>;
}

function rowOf({ fields }: WriteOptions, write: RemoteWrite): RowWrite {
  const object = objectOf(write.kind);
  const values = Object.entries(write.fields).map(([key, value]) => {
    // Found or made before (R25): another account for the person, and no account's name is touched.
    const company = value === null ? undefined : write.companyIds?.[key];
    return [key, company ?? encodeValue(fields[object].get(key), value)] as const;
  });
  const record = {
    attributes: { type: object },
    ...(write.id === undefined ? {} : { id: write.id }),
    ...(write.owner === undefined ? {} : { OwnerId: write.owner }),
    ...Object.fromEntries(values),
  };
  return { key: write.key, ...(write.id === undefined ? {} : { id: write.id }), record };
}

/** One collection of at most 200. Never throws for what happens to single rows. */
export async function writeRows(
  client: SalesforceClient,
  op: 'create' | 'update',
  batch: readonly RowWrite[],
  sink: Sink,
): Promise<void> {
  const records = batch.map((row) => row.record);
  const all = (outcome: WriteOutcome): void => batch.forEach((row) => sink.outcomes.set(row.key, outcome));
  let answer: HttpAnswer;
  try {
    answer = await client.http.send({
      method: op === 'create' ? 'POST' : 'PATCH',
      path: `${client.data}/composite/sobjects`,
      json: { allOrNone: false, records },
      headers: {
        // Without it the rule runs on everything that is made or changed.
        'Sforce-Auto-Assign': sink.assigned ? 'TRUE' : 'FALSE',
        'Sforce-Duplicate-Rule-Header': 'allowSave=true',
      },
      timeoutMs: 120_000,
    });
  } catch (error) {
    if (!(error instanceof RemoteError) || error.kind !== 'invalid') return all(outcomeOfFailure(error));
    if (batch.length > 1) return halve(client, op, batch, sink);
    return all({
      kind: 'refused',
      faults: [
        { reason: 'rejected_by_crm', field: null, params: { code: error.code ?? `HTTP ${error.status ?? ''}` } },
      ],
    });
  }
  // Done, and the answer cannot be read: row by row it may have happened.
  const parsed = resultsSchema.safeParse(answer.body);
  if (!parsed.success) return all({ kind: 'unknown' });
  const results = parsed.data;
  for (const [index, write] of batch.entries()) {
    const result = results[index];
    const id = result?.id ?? write.id;
    if (result === undefined || (result.success && id === undefined)) sink.outcomes.set(write.key, { kind: 'unknown' });
    else if (result.success && id !== undefined)
      sink.outcomes.set(write.key, { kind: 'stored', id, record: null, certain: false });
    // The schema lets every part be absent; these are the documented ones.
    else sink.outcomes.set(write.key, outcomeOf((result.errors ?? []) as SalesforceError[], op));
  }
}

/** A whole call that is refused (a row the parser cannot read) is halved until that row stands alone (R17). */
async function halve(
  client: SalesforceClient,
  op: 'create' | 'update',
  batch: readonly RowWrite[],
  sink: Sink,
): Promise<void> {
  const middle = Math.ceil(batch.length / 2);
  await writeRows(client, op, batch.slice(0, middle), sink);
  await writeRows(client, op, batch.slice(middle), sink);
}
