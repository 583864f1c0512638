import { z } from 'zod';
import { foldLabel } from '../../core/labels.ts';
import type { Finding } from '../kit/account.ts';
import { atOnce, isThrottled } from '../kit/at-once.ts';
import type { Companies, Company, CompanyWish } from '../kit/companies.ts';
import type { RemoteWrite, WriteOutcome } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import type { HttpAnswer } from '../kit/http.ts';
import { outcomeOfFailure } from '../kit/outcomes.ts';
import { chunks, idText, read } from '../kit/read.ts';
import { bySize, type HubSpotClient, IN_FLIGHT } from './client.ts';
import { faultsOf, type HubSpotError, traceIds } from './faults.ts';
import { paths } from './version.ts';

const BATCH = 100;
const PAGE = 200;
/** What the names may take of the search body's 3,000 characters, beside everything else. */
const NAMES_SIZE = 2_500;
/** The property of a contact that names its company, as a text. */
export const COMPANY = 'company';
/** Contact to its primary company (BEHAVIOR.md, "Companies"). */
const PRIMARY = [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 1 }] as const;

const foundSchema = z.object({
  results: z.array(z.looseObject({ id: idText, properties: z.looseObject({ name: z.string().nullish() }) })),
  paging: z.looseObject({ next: z.looseObject({ after: idText }).nullish() }).nullish(),
});
const madeSchema = z.object({
  results: z.array(
    z.looseObject({
      id: idText,
      objectWriteTraceId: z.string().nullish(),
      properties: z.looseObject({ name: z.string().nullish() }),
    }),
  ),
  errors: z.array(z.looseObject({})).nullish(),
});
const associatedSchema = z.looseObject({
  results: z.array(z.looseObject({ fromObjectId: idText.nullish() })).nullish(),
  errors: z.array(z.looseObject({})).nullish(),
});

/** Company records, found by name and made; nothing of one that is there is changed. */
export const companiesPart = (client: HubSpotClient): Companies => ({
  find: (names) => findCompanies(client, names),
  create: (wishes) => createCompanies(client, wishes),
  gone: (ids) => goneCompanies(client, ids),
});

/** Some dozen names a search, which compares without capitals; answers are compared again. */
async function findCompanies(
  client: HubSpotClient,
  names: readonly string[],
): Promise<readonly (readonly Company[])[]> {
  const found: Company[] = [];
  const wanted = new Set(
    names.flatMap((name) => [name.trim().toLowerCase(), name.trim().replace(/\s+/gu, ' ').toLowerCase()]),
  );
  for (const values of bySize([...wanted], NAMES_SIZE)) {
    for (let after: string | null = null; ; ) {
      const json = {
        filterGroups: [{ filters: [{ propertyName: 'name', operator: 'IN', values }] }],
        sorts: [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }],
        properties: ['name'],
        limit: PAGE,
        ...(after === null ? {} : { after }),
      };
      const answer = await client.http.send({
        method: 'POST',
        path: `${paths.companies}/search`,
        json,
        repeatable: true,
      });
      const page = read(foundSchema, answer.body, 'HubSpot companies');
      found.push(
        ...page.results.flatMap(({ id, properties }) => (properties.name ? [{ id, name: properties.name }] : [])),
      );
      after = page.paging?.next?.after ?? null;
      if (after === null) break;
    }
  }
  return names.map((name) => found.filter((one) => foldLabel(one.name) === foldLabel(name)));
}

/** Read by id, 100 a call, from no index. An id that answers as another one was merged away: the name finds what it became. */
async function goneCompanies(client: HubSpotClient, ids: readonly string[]): Promise<readonly string[]> {
  const parts = await atOnce(chunks(ids, BATCH), IN_FLIGHT, async (part) => {
    const answer = await client.http.send({
      method: 'POST',
      path: `${paths.companies}/batch/read`,
      json: { properties: ['name'], inputs: part.map((id) => ({ id })) },
      repeatable: true,
    });
    return read(foundSchema, answer.body, 'HubSpot companies').results;
  });
  const there = new Set(parts.flat().map(({ id }) => id));
  return ids.filter((id) => !there.has(id));
}

/** By 100, each with a trace id of its own, so that one bad name fails alone. */
async function createCompanies(
  client: HubSpotClient,
  wishes: readonly CompanyWish[],
): Promise<readonly WriteOutcome[]> {
  const outcomes = new Map<string, WriteOutcome>();
  for (const batch of chunks(wishes, BATCH)) {
    const keys = batch.map(({ key }) => key);
    // Ours are of any length; theirs are told apart by their place.
    const inputs = batch.map(({ name }, index) => ({ objectWriteTraceId: String(index), properties: { name } }));
    await sendAll(client, `${paths.companies}/batch/create`, { inputs, keys, outcomes }, (answer, part) => {
      const body = read(madeSchema, answer.body, 'HubSpot companies');
      const byTrace = new Map(body.results.map((one) => [one.objectWriteTraceId ?? '', one.id]));
      const byName = new Map(body.results.map((one) => [one.properties.name ?? '', one.id]));
      const refused = new Map(
        (body.errors ?? []).flatMap((one) =>
          traceIds(one as HubSpotError).map((trace) => [trace, faultsOf(one)] as const),
        ),
      );
      part.inputs.forEach(({ objectWriteTraceId, properties }, index) => {
        const id = byTrace.get(objectWriteTraceId) ?? byName.get(properties.name);
        const faults = refused.get(objectWriteTraceId);
        const outcome: WriteOutcome =
          id !== undefined
            ? { kind: 'stored', id, record: null, certain: true }
            : faults === undefined
              ? { kind: 'unknown' }
              : { kind: 'refused', faults };
        outcomes.set(part.keys[index] ?? '', outcome);
      });
    });
  }
  return wishes.map(({ key }) => outcomes.get(key) ?? { kind: 'throttled', retryAt: null });
}

/** The company that this write names; none where its text is emptied or left out. */
const companyOf = ({ fields, companyIds }: RemoteWrite): string | undefined =>
  typeof fields[COMPANY] === 'string' && fields[COMPANY] !== '' ? companyIds?.[COMPANY] : undefined;

/** As part of a new contact: nothing more is to be asked. */
export const associationsOf = (write: RemoteWrite): object => {
  const id = companyOf(write);
  return id === undefined ? {} : { associations: [{ to: { id }, types: PRIMARY }] };
};

/**
 * Makes these the primary companies of contacts that are there, before their text is written: what is cut off between the
 * two is done again, because the text still differs. @returns what became of those for whom it did not work, by write key.
 */
export async function associate(
  client: HubSpotClient,
  writes: readonly RemoteWrite[],
): Promise<ReadonlyMap<string, WriteOutcome>> {
  const outcomes = new Map<string, WriteOutcome>();
  const wanted = writes.flatMap((write) => {
    const { key, op, id } = write;
    const company = companyOf(write);
    return op === 'update' && id !== undefined && company !== undefined ? [{ key, id, company }] : [];
  });
  const begun = new Set<string>();
  const send = async (batch: typeof wanted): Promise<void> => {
    const keys = batch.map(({ key }) => key);
    for (const key of keys) begun.add(key);
    const inputs = batch.map(({ id, company }) => ({ from: { id }, to: { id: company }, types: PRIMARY }));
    await sendAll(client, `${paths.contactCompanies}/batch/create`, { inputs, keys, outcomes }, (answer, part) => {
      const { results, errors } = read(associatedSchema, answer.body, 'HubSpot associations');
      const made = new Set((results ?? []).map((one) => one.fromObjectId));
      const problems = (errors ?? []) as readonly HubSpotError[];
      const [first] = problems;
      if (first === undefined) return;
      // Who is named neither as associated nor as refused is not taken for associated.
      part.inputs.forEach(({ from }, index) => {
        const own = problems.find((one) => one.context?.['fromObjectId']?.includes(from.id) === true);
        if (own !== undefined || !made.has(from.id)) outcomes.set(part.keys[index] ?? '', refusedCompany(own ?? first));
      });
    });
  };
  await atOnce(chunks(wanted, BATCH), IN_FLIGHT, send, () => isThrottled(outcomes));
  // Their text is not written either, or the company would never be made theirs.
  for (const { key } of wanted) if (!begun.has(key)) outcomes.set(key, { kind: 'throttled', retryAt: null });
  return outcomes;
}

/** null: the key may see company records. */
export async function companiesFinding(client: HubSpotClient): Promise<Finding | null> {
  try {
    const json = { filterGroups: [{ filters: [{ propertyName: 'name', operator: 'IN', values: ['-'] }] }], limit: 1 };
    await client.http.send({ method: 'POST', path: `${paths.companies}/search`, json, repeatable: true });
    return null;
  } catch (error) {
    if (!(error instanceof RemoteError) || error.kind !== 'forbidden') throw error;
    return { level: 'error', code: 'missing_right', params: { object: 'companies' } };
  }
}

const refusedCompany = (body: unknown): WriteOutcome => ({
  kind: 'refused',
  faults: faultsOf(body).map((fault) => ({ ...fault, field: COMPANY })),
});

interface Part<T> {
  readonly inputs: readonly T[];
  readonly keys: readonly string[];
  readonly outcomes: Map<string, WriteOutcome>;
}

/** One batch; refused whole it is halved until the bad input stands alone (R17). */
async function sendAll<T>(
  client: HubSpotClient,
  path: string,
  part: Part<T>,
  settle: (answer: HttpAnswer, part: Part<T>) => void,
): Promise<void> {
  const { inputs, keys, outcomes } = part;
  const all = (outcome: WriteOutcome): void => keys.forEach((key) => outcomes.set(key, outcome));
  let answer: HttpAnswer;
  try {
    answer = await client.http.send({ method: 'POST', path, json: { inputs }, expect: [207, 400, 404, 409] });
  } catch (error) {
    return all(outcomeOfFailure(error));
  }
  if (answer.status < 400) return settle(answer, part);
  if (inputs.length <= 1) return all(refusedCompany(answer.body));
  const middle = Math.ceil(inputs.length / 2);
  await sendAll(client, path, { ...part, inputs: inputs.slice(0, middle), keys: keys.slice(0, middle) }, settle);
  await sendAll(client, path, { ...part, inputs: inputs.slice(middle), keys: keys.slice(middle) }, settle);
}
