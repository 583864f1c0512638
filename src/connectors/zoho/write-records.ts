import { z } from 'zod';
import type { FieldSchema } from '../../core/model.ts';
import type { RemoteWrite, WriteOutcome } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import { chunks, read } from '../kit/read.ts';
import type { ModuleName, ZohoClient } from './client.ts';
import { encodeValue, moduleOf } from './codec.ts';
import { classify, refusalOf, resultOf, type ZohoResult } from './faults.ts';

const BATCH = 100;

const detailsSchema = z.looseObject({
  id: z.string().optional(),
  api_name: z.string().optional(),
  maximum_length: z.number().optional(),
  expected_data_type: z.string().optional(),
  duplicate_record: z.looseObject({ id: z.string().optional() }).optional(),
  Modified_By: z.looseObject({ id: z.string().optional() }).optional(),
});
const resultsSchema = z.object({
  data: z.array(
    z.looseObject({
      code: z.string().optional(),
      status: z.string().optional(),
      message: z.string().optional(),
      details: detailsSchema.optional(),
    }),
  ),
});

export interface WriteContext {
  readonly fields: Readonly<Record<ModuleName, ReadonlyMap<string, FieldSchema>>>;
  readonly startAutomations: boolean;
  /** Our own user's id, as the answers tell it. */
  readonly onUser: (id: string) => void;
  readonly now: () => number;
}

/** Batches of 100 per module and kind of write; results come in the order of the records. Never an upsert (R31c). */
export async function writeRecords(
  client: ZohoClient,
  writes: readonly RemoteWrite[],
  context: WriteContext,
): Promise<readonly WriteOutcome[]> {
  const outcomes = new Map<string, WriteOutcome>();
  for (const module of ['Leads', 'Contacts'] as const) {
    for (const op of ['update', 'create'] as const) {
      const wanted = writes.filter((write) => write.op === op && moduleOf(write.kind) === module);
      for (const batch of chunks(wanted, BATCH)) await writeBatch(client, { module, op, batch, outcomes }, context);
    }
  }
  return writes.map((write) => outcomes.get(write.key) ?? { kind: 'throttled', retryAt: null });
}

interface Batch {
  readonly module: ModuleName;
  readonly op: 'create' | 'update';
  readonly batch: readonly RemoteWrite[];
  readonly outcomes: Map<string, WriteOutcome>;
}

async function writeBatch(
  client: ZohoClient,
  { module, op, batch, outcomes }: Batch,
  context: WriteContext,
): Promise<void> {
  const all = (outcome: WriteOutcome): void => batch.forEach((write) => outcomes.set(write.key, outcome));
  const data = batch.map((write) => ({
    ...(write.id === undefined ? {} : { id: write.id }),
    ...(write.owner === undefined ? {} : { Owner: { id: write.owner } }),
    ...Object.fromEntries(
      Object.entries(write.fields).map(([key, value]) => [key, encodeValue(context.fields[module].get(key), value)]),
    ),
  }));
  try {
    const answer = await client.write(module, op, data, !context.startAutomations);
    const hasResults = typeof answer.body === 'object' && answer.body !== null && 'data' in answer.body;
    // A refusal of the call as a whole has no results of its own.
    if (!hasResults && answer.status === 400 && batch.length === 1) return all(refusalOf(resultOf(answer.body)));
    if (!hasResults) throw classify(answer, context.now());
    const results = read(resultsSchema, answer.body, 'Zoho write').data;
    batch.forEach((write, index) => outcomes.set(write.key, outcomeOf(results[index], context)));
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    if (error.kind === 'throttled' || error.kind === 'quota')
      return all({ kind: 'throttled', retryAt: error.retryAt ?? null });
    if (error.kind === 'unavailable') return all({ kind: 'unknown' });
    throw error;
  }
}

function outcomeOf(result: ZohoResult | undefined, context: WriteContext): WriteOutcome {
  if (result === undefined) return { kind: 'unknown' };
  const { details } = result;
  if (result.code !== 'SUCCESS' || details?.id === undefined) return refusalOf(result);
  if (details.Modified_By?.id !== undefined) context.onUser(details.Modified_By.id);
  // The answer carries no values: they are read back (R2c).
  return { kind: 'stored', id: details.id, record: null, certain: false };
}
