import { z } from 'zod';
import { atOnce, isThrottled } from '../kit/at-once.ts';
import type { RemoteRecord, RemoteWrite, WriteOutcome } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import type { HttpAnswer } from '../kit/http.ts';
import { outcomeOfFailure } from '../kit/outcomes.ts';
import { chunks, idText, read } from '../kit/read.ts';
import { type HubSpotClient, IN_FLIGHT, propertiesOf as propertiesSchema } from './client.ts';
import { encodeValue, type HubSpotObject } from './codec.ts';
import { associate, associationsOf } from './companies.ts';
import { existingId, faultsOf, type HubSpotError, isConflict, isNotFound, isSchemaFault, traceIds } from './faults.ts';
import { paths } from './version.ts';

const BATCH = 100;

const resultSchema = z.object({
  id: idText,
  properties: propertiesSchema,
  createdAt: z.string().nullish(),
  updatedAt: z.string().nullish(),
  url: z.string().nullish(),
  objectWriteTraceId: z.string().nullish(),
});
const batchSchema = z.object({ results: z.array(resultSchema), errors: z.array(z.looseObject({})).nullish() });

type Decode = (object: HubSpotObject) => RemoteRecord;

/** Writes records in batches of 100, each input with a trace id of its own, so that one bad record fails alone. */
export async function writeContacts(
  client: HubSpotClient,
  writes: readonly RemoteWrite[],
  { decode, newStage }: { readonly decode: Decode; readonly newStage: string | null },
): Promise<readonly WriteOutcome[]> {
  const outcomes = new Map(await associate(client, writes));
  for (const op of ['update', 'create'] as const) {
    for (const round of distinct(writes.filter((write) => write.op === op && !outcomes.has(write.key))))
      await atOnce(
        chunks(round, BATCH),
        IN_FLIGHT,
        (batch) => writeBatch(client, op, batch, { decode, newStage, outcomes }),
        () => isThrottled(outcomes),
      );
  }
  return writes.map((write) => outcomes.get(write.key) ?? { kind: 'throttled', retryAt: null });
}

/** Two inputs for one record in one batch are refused whole, so the second one waits for the next round. */
function distinct(writes: readonly RemoteWrite[]): RemoteWrite[][] {
  const rounds: RemoteWrite[][] = [];
  const used = new Map<string, number>();
  for (const write of writes) {
    const target = write.id ?? String(write.fields['email'] ?? write.key).toLowerCase();
    const round = used.get(target) ?? 0;
    used.set(target, round + 1);
    (rounds[round] ??= []).push(write);
  }
  return rounds;
}

interface Sink {
  readonly decode: Decode;
  /** The stage of a new lead; null: the account's default. */
  readonly newStage: string | null;
  readonly outcomes: Map<string, WriteOutcome>;
}

async function writeBatch(
  client: HubSpotClient,
  op: 'create' | 'update',
  batch: readonly RemoteWrite[],
  sink: Sink,
): Promise<void> {
  const inputs = batch.map((write) => ({
    ...(write.id === undefined ? {} : { id: write.id }),
    objectWriteTraceId: write.key,
    properties: propertiesOf(write, sink.newStage),
    ...(op === 'create' ? associationsOf(write) : {}),
  }));
  const all = (outcome: WriteOutcome): void => batch.forEach((write) => sink.outcomes.set(write.key, outcome));
  let answer: HttpAnswer;
  try {
    answer = await client.http.send({
      method: 'POST',
      path: `${paths.contacts}/batch/${op}`,
      json: { inputs },
      expect: [207, 400, 404, 409],
    });
  } catch (error) {
    return all(outcomeOfFailure(error));
  }
  // Nothing was written: the properties are read anew, instead of a hundred people refused one by one (R49).
  if (answer.status >= 400 && isSchemaFault(answer.body)) throw client.failure(answer);
  if (answer.status >= 400) return refusedWhole(client, op, batch, { answer, sink });
  settle(batch, answer, sink);
}

/** A refusal of the whole batch names at most its first bad input: halve it until the poison row stands alone (R17). */
async function refusedWhole(
  client: HubSpotClient,
  op: 'create' | 'update',
  batch: readonly RemoteWrite[],
  context: { readonly answer: HttpAnswer; readonly sink: Sink },
): Promise<void> {
  const [only] = batch;
  if (only !== undefined && batch.length === 1) {
    context.sink.outcomes.set(only.key, refusal(context.answer.body, context.answer.status));
    return;
  }
  const middle = Math.ceil(batch.length / 2);
  await writeBatch(client, op, batch.slice(0, middle), context.sink);
  await writeBatch(client, op, batch.slice(middle), context.sink);
}

function refusal(body: unknown, status?: number): WriteOutcome {
  if (isConflict(body) || status === 409) return { kind: 'exists', id: existingId(body), field: 'email' };
  if (isNotFound(body) || status === 404) return { kind: 'gone' };
  return { kind: 'refused', faults: faultsOf(body) };
}

function settle(batch: readonly RemoteWrite[], answer: HttpAnswer, { decode, outcomes }: Sink): void {
  const body = read(batchSchema, answer.body, 'HubSpot batch write');
  // Results come in any order: by trace id where the answer repeats it, else by id, else by e-mail.
  const byTrace = new Map(
    body.results.flatMap((one) => (one.objectWriteTraceId == null ? [] : [[one.objectWriteTraceId, one] as const])),
  );
  const byId = new Map(body.results.map((one) => [one.id, one]));
  const byEmail = new Map(body.results.map((one) => [(one.properties['email'] ?? '').toLowerCase(), one]));
  for (const write of batch) {
    const email = String(write.fields['email'] ?? '').toLowerCase();
    const found =
      byTrace.get(write.key) ??
      (write.id === undefined ? (email === '' ? undefined : byEmail.get(email)) : byId.get(write.id));
    if (found !== undefined)
      outcomes.set(write.key, { kind: 'stored', id: found.id, record: decode(found), certain: true });
  }
  // Whoever was stored is met again by his intent (R31); what HubSpot no longer knows is not sent a second time (R49).
  if (body.errors?.some(isSchemaFault) === true)
    throw new RemoteError('schema', 'HubSpot does not know a property that is mapped', {
      code: 'PROPERTY_DOESNT_EXIST',
    });
  for (const error of body.errors ?? []) {
    // The schema lets every part be absent; these are the documented ones.
    const problem = error as HubSpotError;
    const targets = [...traceIds(problem), ...idsOf(problem, batch)];
    for (const key of targets) if (!outcomes.has(key)) outcomes.set(key, refusal(problem));
  }
  // Neither stored nor refused: we do not know.
  for (const write of batch) if (!outcomes.has(write.key)) outcomes.set(write.key, { kind: 'unknown' });
}

const idsOf = (error: HubSpotError, batch: readonly RemoteWrite[]): string[] => {
  const ids = new Set([...(error.context?.['ids'] ?? []), ...(error.context?.['id'] ?? [])]);
  return batch.filter((write) => write.id !== undefined && ids.has(write.id)).map((write) => write.key);
};

function propertiesOf(write: RemoteWrite, newStage: string | null): Record<string, string> {
  const properties = Object.fromEntries(Object.entries(write.fields).map(([key, value]) => [key, encodeValue(value)]));
  if (write.owner !== undefined) properties['hubspot_owner_id'] = write.owner;
  // A new lead has a stage, or the account's default might make it something else.
  if (write.op === 'create' && properties['lifecyclestage'] === undefined && newStage !== null)
    properties['lifecyclestage'] = newStage;
  return properties;
}
