import type { FieldSchema, Value } from '../../core/model.ts';
import type { RemoteRecord, RemoteWrite, WriteOutcome } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import { writeEach } from '../kit/outcomes.ts';
import { IN_FLIGHT, isPage, type PipedriveClient, readPerson } from './client.ts';
import { encodeValue, joinName, type Person, splitName, withEntry } from './codec.ts';
import { faultsOf, isScopeMissing } from './faults.ts';

/** A write of one of these needs the rest of what it replaces. */
const PARTS = ['email', 'phone', 'mobile', 'first_name', 'last_name'];

export interface WriteContext {
  readonly fields: ReadonlyMap<string, FieldSchema>;
  /** Of new amounts of money; existing ones keep theirs. */
  readonly currency: () => Promise<string | null>;
  /** `emptied`: own fields that were cleared, which the answer may leave out. */
  readonly decode: (person: Person, emptied: readonly string[]) => Promise<RemoteRecord>;
}

/**
 * Pipedrive takes one person a call: no batches, no upsert (BEHAVIOR.md, "Writes"). What a write would replace as a whole
 * (lists of addresses and numbers, the one name) is read first, 100 a call.
 */
export async function writePersons(
  client: PipedriveClient,
  writes: readonly RemoteWrite[],
  context: WriteContext,
): Promise<readonly WriteOutcome[]> {
  const needed = writes.filter((write) => write.id !== undefined && needsPresent(write, context.fields));
  const present = new Map(
    (
      await client.personsByIds(
        needed.flatMap((write) => write.id ?? []),
        { custom: [], optional: [] },
      )
    ).map((person) => [String(person.id), person]),
  );
  return writeEach(writes, IN_FLIGHT, (write) => writeOne(client, write, { ...context, present }));
}

const needsPresent = (write: RemoteWrite, fields: ReadonlyMap<string, FieldSchema>): boolean =>
  Object.keys(write.fields).some((key) => PARTS.includes(key) || fields.get(key)?.vendorType === 'monetary');

async function writeOne(
  client: PipedriveClient,
  write: RemoteWrite,
  context: WriteContext & { readonly present: ReadonlyMap<string, Person> },
): Promise<WriteOutcome> {
  const before = write.id === undefined ? undefined : context.present.get(write.id);
  if (write.id !== undefined && before === undefined && needsPresent(write, context.fields)) return { kind: 'gone' };
  const body = await bodyOf(write, before, context);
  if (write.op === 'create' && body['name'] === undefined)
    return {
      kind: 'refused',
      faults: [{ reason: 'missing_required', field: 'last_name', params: { label: 'Name' } }],
    };
  const answer = await client.writePerson(write.id ?? null, body);
  if (isPage(answer) || (answer.status === 403 && isScopeMissing(answer.body))) throw client.failure(answer);
  if (answer.status === 404 || answer.status === 410) return { kind: 'gone' };
  if (answer.status >= 400) return { kind: 'refused', faults: faultsOf(answer, Object.keys(write.fields)) };
  const person = readPerson(answer);
  // In its bin a person may still be written to.
  if (person.is_deleted === true) return { kind: 'gone' };
  const emptied = Object.keys(write.fields).filter(
    (key) => write.fields[key] === null && context.fields.get(key)?.custom === true,
  );
  return await storedAs(person, emptied, context);
}

/** It is written: a call that reading its answer takes besides (an organization's name) may fail without changing that. */
async function storedAs(person: Person, emptied: readonly string[], context: WriteContext): Promise<WriteOutcome> {
  const id = String(person.id);
  try {
    return { kind: 'stored', id, record: await context.decode(person, emptied), certain: true };
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    return { kind: 'stored', id, record: null, certain: false };
  }
}

async function bodyOf(
  write: RemoteWrite,
  before: Person | undefined,
  context: WriteContext,
): Promise<Record<string, unknown>> {
  const body: Record<string, unknown> = {};
  const custom: Record<string, unknown> = {};
  const { fields } = write;
  const name = nameOf(fields, before);
  if (name !== undefined) body['name'] = name;
  if (fields['email'] !== undefined) body['emails'] = withEntry('email', before?.emails, fields['email']);
  let phones = before?.phones;
  for (const key of ['phone', 'mobile'] as const) {
    const value = fields[key];
    if (value === undefined) continue;
    phones = withEntry(key, phones, value);
    body['phones'] = phones;
  }
  for (const [key, value] of Object.entries(fields)) {
    if (PARTS.includes(key) || key === 'name') continue;
    const field = context.fields.get(key);
    if (key === 'org_id') body['org_id'] = value === null ? null : companyId(write);
    else if (key === 'unsubscribed')
      // Empty is no opt-in (R8).
      body['marketing_status'] = value === true ? 'unsubscribed' : value === false ? 'subscribed' : 'no_consent';
    else if (field?.custom === false) body[key] = value;
    else
      custom[key] = encodeValue(
        field,
        value,
        field?.vendorType === 'monetary' ? await currencyOf(key, before, context) : null,
      );
  }
  if (write.owner !== undefined) body['owner_id'] = Number(write.owner);
  // A hash at the top level is not the custom field (BEHAVIOR.md, "Writes").
  if (Object.keys(custom).length > 0) body['custom_fields'] = custom;
  return body;
}

/** Found or made before the people who need it (R25). */
function companyId(write: RemoteWrite): number {
  const id = Number(write.companyIds?.['org_id'] ?? Number.NaN);
  if (Number.isNaN(id)) throw new RemoteError('invalid', 'a person names an organization whose id is not known');
  return id;
}

/** The one name, from the parts that are written and those that are there. A name is never emptied. */
function nameOf(fields: RemoteWrite['fields'], before: Person | undefined): string | undefined {
  const asText = (value: Value | undefined): string => (typeof value === 'string' ? value : '');
  if (fields['first_name'] === undefined && fields['last_name'] === undefined) {
    return fields['name'] === undefined ? undefined : asText(fields['name']) || undefined;
  }
  const parts = before === undefined ? { first: null, last: null } : splitName(before);
  const first = fields['first_name'] === undefined ? (parts.first ?? '') : asText(fields['first_name']);
  const last = fields['last_name'] === undefined ? (parts.last ?? '') : asText(fields['last_name']);
  return joinName(first, last) || undefined;
}

async function currencyOf(key: string, before: Person | undefined, context: WriteContext): Promise<string | null> {
  const raw = before?.custom_fields?.[key];
  const own = typeof raw === 'object' && raw !== null && 'currency' in raw ? raw.currency : null;
  return typeof own === 'string' ? own : context.currency();
}
