import type { Fault, FieldSchema } from '../../core/model.ts';
import type { RemoteRecord, RemoteWrite, WriteOutcome } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import { outcomeOfFailure } from '../kit/outcomes.ts';
import { chunks } from '../kit/read.ts';
import type { Operation, PartAnswer } from './batch.ts';
import { BATCH, type C4cClient, readOne } from './client.ts';
import { type DecodeContext, type Entity, encodeValue, etagOf, isPrivateLead, readVersion } from './codec.ts';
import {
  ACCOUNT_ID,
  collectionOf,
  type EntityName,
  entityOf,
  OWNER,
  objectId,
  PERMISSION,
  type Place,
  propertyName,
  recordId,
} from './entities.ts';
import { refusalOf, type Sent, type SentField } from './faults.ts';
import { isOn, OPT_OUT } from './fields.ts';
import { selected } from './select.ts';

export interface WriteContext extends DecodeContext {
  readonly decode: (row: Entity, entity: EntityName) => RemoteRecord;
  readonly now: () => number;
}

/** Of a record that is there; some releases tell no ETag. */
interface Version {
  readonly etag: string | null;
  readonly isPrivate: boolean;
}

/** One write, with where its values belong and on which version it was decided. */
interface Prepared {
  readonly write: RemoteWrite;
  readonly place: Place;
  /** null: of a create, or the record is not there. */
  readonly version: Version | null;
  readonly body: Readonly<Record<string, unknown>>;
  readonly sent: Sent;
  readonly faults: readonly Fault[];
}

/** 100 operations a `$batch`, each in a changeset of its own; updates on the version that was read (R32). */
export async function writeRecords(
  client: C4cClient,
  writes: readonly RemoteWrite[],
  context: WriteContext,
): Promise<readonly WriteOutcome[]> {
  const outcomes: WriteOutcome[] = [];
  for (const batch of chunks(writes, BATCH)) outcomes.push(...(await writeBatch(client, batch, context)));
  return outcomes;
}

async function writeBatch(
  client: C4cClient,
  batch: readonly RemoteWrite[],
  context: WriteContext,
): Promise<readonly WriteOutcome[]> {
  const versions = await readVersions(client, batch, context);
  const prepared = batch.map((write) => prepare(write, versions.get(write.id ?? '') ?? null, context));
  const going = prepared.filter((one) => canGo(one));
  const answers = new Map<Prepared, PartAnswer | undefined>();
  let whole: WriteOutcome | null = null;
  try {
    if (going.length > 0) {
      const parts = await client.batch(going.map(operationOf));
      going.forEach((one, index) => answers.set(one, parts[index]));
    }
  } catch (error) {
    whole = outcomeOfFailure(error);
  }
  return prepared.map((one) => {
    if (one.faults.length > 0) return { kind: 'refused', faults: one.faults };
    if (!canGo(one)) return { kind: 'gone' };
    return whole ?? outcomeOf(one, answers.get(one), context);
  });
}

/** An update of a record that was not found goes nowhere. */
const canGo = (one: Prepared): boolean =>
  one.faults.length === 0 && (one.write.op === 'create' || one.version !== null);

/** The versions of those updates that came without one. */
async function readVersions(
  client: C4cClient,
  batch: readonly RemoteWrite[],
  context: WriteContext,
): Promise<ReadonlyMap<string, Version>> {
  const versions = new Map<string, Version>();
  const wanted = new Map<EntityName, string[]>();
  for (const { id, kind, ifVersion } of batch) {
    if (id === undefined) continue;
    const entity = entityOf(kind, id, context.settings.roles);
    if (ifVersion === undefined) wanted.set(entity, [...(wanted.get(entity) ?? []), objectId(id)]);
    else versions.set(id, readVersion(ifVersion));
  }
  for (const [entity, ids] of wanted)
    for (const row of await client.among(entity, 'ObjectID', ids, selected(entity, [], context)))
      versions.set(recordId(entity, row.ObjectID), { etag: etagOf(row), isPrivate: isPrivateLead(entity, row) });
  return versions;
}

function prepare(write: RemoteWrite, version: Version | null, context: WriteContext): Prepared {
  const { settings } = context;
  const kind = write.kind === 'lead' ? 'lead' : 'contact';
  const entity = entityOf(kind, write.id ?? '', settings.roles);
  const isPrivate = version?.isPrivate ?? (entity === 'Lead' && settings.createPrivate);
  const place: Place = { entity, kind, isPrivate };
  const known = context.fields[kind];
  const body: Record<string, unknown> = {};
  const sent = new Map<string, SentField>();
  const faults: Fault[] = [];
  for (const [key, value] of Object.entries(write.fields)) {
    const field = known.get(key);
    if (field !== undefined && !isOn(field, entity)) faults.push(missingOn(field));
    // A contact moves to another account by its number; the account's own name is never written (R25).
    if (field?.company === true) {
      body[ACCOUNT_ID] = value === null ? '' : accountIdOf(write, key);
      sent.set(ACCOUNT_ID, { key, label: field.label });
      continue;
    }
    const property = propertyName(key === OPT_OUT ? PERMISSION[entity] : key, place);
    const denies = value === true ? (context.denyingCode[kind] ?? '') : '';
    body[property] = key === OPT_OUT ? denies : encodeValue(field, value);
    sent.set(property, { key, label: field?.label ?? '' });
  }
  if (write.owner !== undefined) body[OWNER[entity]] = write.owner;
  // A lead must have a topic; a person has none, so it is the person's name.
  if (write.op === 'create' && entity === 'Lead' && (body['Name'] ?? '') === '')
    body['Name'] = topicOf(write).slice(0, known.get('Name')?.maxLength ?? TOPIC_MAX);
  return { write, place, version, body, sent, faults };
}

/** Found or made before the people who need it. */
function accountIdOf(write: RemoteWrite, key: string): string {
  const id = write.companyIds?.[key];
  if (id === undefined) throw new RemoteError('invalid', 'a contact names an account whose number is not known');
  return id;
}

const TOPIC_MAX = 255;
const topicOf = ({ fields }: RemoteWrite): string => {
  const part = (key: string): string => (typeof fields[key] === 'string' ? fields[key] : '');
  const name = [part('ContactFirstName'), part('ContactLastName')].filter((text) => text !== '').join(' ');
  return name || part('Company') || part('ContactEMail');
};

/** A field that only the other of two sets has. */
const missingOn = (field: FieldSchema): Fault => ({
  reason: 'no_permission',
  field: field.key,
  params: { label: field.label, why: 'not_there' },
});

function operationOf({ write, place, version, body }: Prepared): Operation {
  const collection = collectionOf(place.entity);
  if (write.id === undefined) return { method: 'POST', path: collection, json: body };
  const path = `${collection}('${objectId(write.id)}')`;
  return { method: 'PATCH', path, json: body, ...(version?.etag == null ? {} : { ifMatch: version.etag }) };
}

function outcomeOf(
  { write, place, sent }: Prepared,
  answer: PartAnswer | undefined,
  context: WriteContext,
): WriteOutcome {
  if (answer === undefined) return { kind: 'unknown' };
  if (answer.status >= 300) return refusalOf(answer, sent, context.now());
  // An update answers 204 without values: they are read back.
  if (write.id !== undefined) return { kind: 'stored', id: write.id, record: null, certain: false };
  const row = readOne(answer.body);
  if (row === null) {
    // Made, and its values do not come with the answer: its address does.
    const made = /\('([0-9A-F]{32})'\)/.exec(answer.headers.get('location') ?? '')?.[1];
    if (made === undefined) return { kind: 'unknown' };
    return { kind: 'stored', id: recordId(place.entity, made), record: null, certain: false };
  }
  const record = context.decode(row, place.entity);
  return { kind: 'stored', id: record.id, record, certain: true };
}
