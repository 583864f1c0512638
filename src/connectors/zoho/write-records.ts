import { z } from 'zod';
import type { FieldSchema } from '../../core/model.ts';
import { atOnce, isThrottled } from '../kit/at-once.ts';
import type { RemoteWrite, WriteOutcome } from '../kit/connector.ts';
import type { HttpAnswer } from '../kit/http.ts';
import { outcomeOfFailure } from '../kit/outcomes.ts';
import { chunks, read } from '../kit/read.ts';
import { IN_FLIGHT, type ModuleName, type ZohoClient } from './client.ts';
import { encodeValue, moduleOf } from './codec.ts';
import { classify, isFull, refusalOf, resultOf, rowOf, type ZohoResult } from './faults.ts';

const BATCH = 100;

/** What was stored is stored: a part of an answer that is not as documented is left out, and fails nobody else's (C23). */
const text = z.string().optional().catch(undefined);
const idPart = z.looseObject({ id: text }).optional().catch(undefined);
const detailsSchema = z.looseObject({
  id: text,
  api_name: text,
  json_path: text,
  maximum_length: z.coerce.number().optional().catch(undefined),
  expected_data_type: text,
  duplicate_record: idPart,
  Modified_By: idPart,
});
const resultsSchema = z.object({
  data: z.array(
    z.looseObject({ code: text, status: text, message: text, details: detailsSchema.optional().catch(undefined) }),
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
      const rows = writes
        .filter((write) => write.op === op && moduleOf(write.kind) === module)
        .map((write) => ({ key: write.key, data: bodyOf(write, context.fields[module]) }));
      await writeRows(client, { module, op, rows, outcomes }, context);
    }
  }
  return writes.map((write) => outcomes.get(write.key) ?? { kind: 'throttled', retryAt: null });
}

function bodyOf(write: RemoteWrite, fields: ReadonlyMap<string, FieldSchema>): object {
  const values = Object.entries(write.fields).map(([key, value]) => {
    const company = write.companyIds?.[key];
    // Found or made before (R25): another company for the person, and no company's name is touched.
    return [key, company !== undefined && value !== null ? { id: company } : encodeValue(fields.get(key), value)];
  });
  return {
    ...(write.id === undefined ? {} : { id: write.id }),
    ...(write.owner === undefined ? {} : { Owner: { id: write.owner } }),
    ...Object.fromEntries(values),
  };
}

interface Batch {
  readonly module: ModuleName | 'Accounts';
  readonly op: 'create' | 'update';
  readonly rows: readonly { readonly key: string; readonly data: object }[];
  readonly outcomes: Map<string, WriteOutcome>;
}
type Answering = Omit<WriteContext, 'fields'>;

/** Any number of rows of one module, by 100; what became of each is put into `outcomes` under its key. */
export async function writeRows(client: ZohoClient, { rows, ...part }: Batch, context: Answering): Promise<void> {
  await atOnce(
    chunks(rows, BATCH),
    IN_FLIGHT,
    (batch) => writeBatch(client, { ...part, rows: batch }, context),
    () => isThrottled(part.outcomes),
  );
}

async function writeBatch(client: ZohoClient, part: Batch, context: Answering): Promise<void> {
  const { module, op, rows, outcomes } = part;
  if (rows.length === 0) return;
  const all = (outcome: WriteOutcome): void => rows.forEach(({ key }) => outcomes.set(key, outcome));
  try {
    const data = rows.map((row) => row.data);
    const answer = await client.write(module, op, data, !context.startAutomations);
    const hasResults = typeof answer.body === 'object' && answer.body !== null && 'data' in answer.body;
    if (!hasResults) return await refusedWhole(client, part, { ...context, answer });
    const results = read(resultsSchema, answer.body, 'Zoho write').data;
    rows.forEach(({ key }, index) => outcomes.set(key, outcomeOf(results[index], op, context)));
  } catch (error) {
    return all(outcomeOfFailure(error));
  }
}

/**
 * A refusal of the call as a whole has no results, and nothing was stored. Where it names the record by its place, that one
 * is refused and the others are sent again; else the batch is halved until the poison row stands alone (R17).
 */
async function refusedWhole(
  client: ZohoClient,
  { rows, ...part }: Batch,
  context: Answering & { readonly answer: HttpAnswer },
): Promise<void> {
  const failure = classify(context.answer, context.now());
  const result = resultOf(context.answer.body);
  if (failure.kind !== 'invalid' || context.answer.status !== 400) throw failure;
  const at = rowOf(result);
  const poison = rows.length === 1 ? rows[0] : at === null ? undefined : rows[at];
  if (isFull(result) || poison !== undefined) {
    const refused = isFull(result) || poison === undefined ? rows : [poison];
    for (const { key } of refused) part.outcomes.set(key, refusalOf(result, part.op));
    return writeBatch(client, { ...part, rows: rows.filter((row) => !refused.includes(row)) }, context);
  }
  const middle = Math.ceil(rows.length / 2);
  await writeBatch(client, { ...part, rows: rows.slice(0, middle) }, context);
  await writeBatch(client, { ...part, rows: rows.slice(middle) }, context);
}

function outcomeOf(result: ZohoResult | undefined, op: Batch['op'], context: Answering): WriteOutcome {
  if (result === undefined) return { kind: 'unknown' };
  const { details } = result;
  if (result.code !== 'SUCCESS' || details?.id === undefined) return refusalOf(result, op);
  if (details.Modified_By?.id !== undefined) context.onUser(details.Modified_By.id);
  // The answer carries no values: they are read back (R2c).
  return { kind: 'stored', id: details.id, record: null, certain: false };
}
