import type { FieldSchema, Kind } from '../../core/model.ts';
import type { RemoteRecord, RemoteWrite, WriteOutcome } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import { writeEach } from '../kit/outcomes.ts';
import { IN_FLIGHT, readObject, type SellClient } from './client.ts';
import { encodeValue, recordId, resourceOf, type SellObject, vendorId } from './codec.ts';
import { faultsOf, refusalKind } from './faults.ts';

export interface WriteContext {
  readonly fields: Readonly<Partial<Record<Kind, ReadonlyMap<string, FieldSchema>>>>;
  readonly decode: (object: SellObject, kind: Kind) => Promise<RemoteRecord>;
}

/** One record a call: there are no batches (BEHAVIOR.md, "Writes"). Whole addresses are sent, so present ones are read first. */
export async function writeRecords(
  client: SellClient,
  writes: readonly RemoteWrite[],
  context: WriteContext,
): Promise<readonly WriteOutcome[]> {
  const present = await readPresent(client, writes);
  const outcomes = await writeEach(writes, IN_FLIGHT, (write) => writeOne(client, write, { ...context, present }));
  return nameConverted(client, writes, outcomes);
}

const hasAddress = (write: RemoteWrite): boolean => Object.keys(write.fields).some((key) => key.startsWith('address.'));

async function readPresent(
  client: SellClient,
  writes: readonly RemoteWrite[],
): Promise<ReadonlyMap<string, SellObject>> {
  const present = new Map<string, SellObject>();
  for (const kind of ['lead', 'contact'] as const) {
    const ids = writes.filter((write) => write.kind === kind && hasAddress(write)).flatMap((write) => write.id ?? []);
    if (ids.length === 0) continue;
    for (const object of await client.byIds(resourceOf(kind), ids.map(vendorId)))
      present.set(recordId(kind, object.id), object);
  }
  return present;
}

async function writeOne(
  client: SellClient,
  write: RemoteWrite,
  context: WriteContext & { readonly present: ReadonlyMap<string, SellObject> },
): Promise<WriteOutcome> {
  const known = context.fields[write.kind] ?? new Map<string, FieldSchema>();
  if (write.op === 'create' && isNameless(write))
    return {
      kind: 'refused',
      faults: [{ reason: 'missing_required', field: 'last_name', params: { label: 'Last name' } }],
    };
  const data = dataOf(write, known, write.id === undefined ? undefined : context.present.get(write.id));
  const answer = await client.write(resourceOf(write.kind), write.id === undefined ? null : vendorId(write.id), data);
  const kind = refusalKind(answer);
  if (kind === 'all') throw client.failure(answer);
  if (kind === 'gone') return { kind: 'gone' };
  if (kind === 'row') return { kind: 'refused', faults: faultsOf(answer, (pointer) => keyOf(pointer, known)) };
  return await storedAs(readObject(answer), write, context);
}

/** It is written: a call that reading its answer takes besides (a company's name) may fail without changing that. */
async function storedAs(object: SellObject, write: RemoteWrite, context: WriteContext): Promise<WriteOutcome> {
  try {
    const record = await context.decode(object, write.kind);
    return { kind: 'stored', id: record.id, record, certain: true };
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    return { kind: 'stored', id: recordId(write.kind, object.id), record: null, certain: false };
  }
}

/** A lead needs a last name or an organisation, a person a last name. */
const isNameless = ({ kind, fields }: RemoteWrite): boolean =>
  (fields['last_name'] ?? null) === null && (kind === 'contact' || (fields['organization_name'] ?? null) === null);

function dataOf(
  write: RemoteWrite,
  known: ReadonlyMap<string, FieldSchema>,
  present: SellObject | undefined,
): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  const custom: Record<string, unknown> = {};
  const address: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(write.fields)) {
    const field = known.get(key);
    const encoded = encodeValue(field, value);
    if (field?.custom === true) custom[field.label] = encoded;
    // A person belongs to a company by its id (R25).
    else if (field?.company === true) data['contact_id'] = value === null ? null : companyId(write, key);
    else if (key.startsWith('address.')) address[key.slice('address.'.length)] = encoded;
    else data[key] = encoded;
  }
  if (write.owner !== undefined) data['owner_id'] = Number(write.owner);
  if (Object.keys(custom).length > 0) data['custom_fields'] = custom;
  // Whether a part alone would clear the others is not documented: the whole address goes.
  const before = present?.['address'];
  if (Object.keys(address).length > 0) data['address'] = { ...(typeof before === 'object' ? before : {}), ...address };
  return data;
}

/** Found or made before the people who need it (R25). */
function companyId(write: RemoteWrite, key: string): number {
  const id = Number(write.companyIds?.[key] ?? Number.NaN);
  if (Number.isNaN(id)) throw new RemoteError('invalid', 'a person names a company whose id is not known');
  return id;
}

/** `/last_name`, `/address/city`, `/custom_fields/Hub ID`. */
function keyOf(pointer: string, known: ReadonlyMap<string, FieldSchema>): string | null {
  const parts = pointer.replace(/^\//, '').split('/');
  const [head = '', ...tail] = parts;
  if (head === 'custom_fields')
    return [...known.values()].find((field) => field.custom === true && field.label === tail.join('/'))?.key ?? null;
  if (head === 'contact_id') return [...known.values()].find((field) => field.company === true)?.key ?? head;
  return head === 'address' && tail.length > 0 ? `address.${tail.join('.')}` : head || null;
}

/** A converted lead answers 404, too: what it became stands in the list of conversions only. */
async function nameConverted(
  client: SellClient,
  writes: readonly RemoteWrite[],
  outcomes: readonly WriteOutcome[],
): Promise<readonly WriteOutcome[]> {
  const vanished = writes.map((write, index) =>
    write.kind === 'lead' && write.id !== undefined && outcomes[index]?.kind === 'gone' ? vendorId(write.id) : null,
  );
  const ids = new Set(vanished.filter((id) => id !== null));
  if (ids.size === 0) return outcomes;
  const converted = await client.conversionsOf(ids);
  return outcomes.map((outcome, index): WriteOutcome => {
    const id = vanished[index] ?? null;
    const to = id === null ? undefined : converted.get(id);
    return to === undefined
      ? outcome
      : { kind: 'moved', to: to === null ? null : recordId('contact', to), why: 'converted' };
  });
}
