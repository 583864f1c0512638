import { z } from 'zod';
import type { FieldSchema } from '../../core/model.ts';
import type { Account } from '../kit/account.ts';
import { atOnce } from '../kit/at-once.ts';
import type { ConnectContext, Connector, Found, Key, Owner, RemoteRecord, Schema } from '../kit/connector.ts';
import { RemoteError, USER_INACTIVE } from '../kit/errors.ts';
import type { FieldOutcome, FieldWish } from '../kit/fields.ts';
import { foundByKeys } from '../kit/found.ts';
import { idText, read } from '../kit/read.ts';
import { IN_FLIGHT, PipedriveClient } from './client.ts';
import { type DecodeContext, decodePerson, fieldsOf, type Person } from './codec.ts';
import { pipedriveDeletion } from './delete-persons.ts';
import { pipedriveHooks } from './hooks.ts';
import { optionalAmong } from './optional-fields.ts';
import { Organizations } from './organizations.ts';
import { readDeleted, readPersons, type Shape } from './read-changes.ts';
import { pipedriveTimeline } from './timeline.ts';
import { writePersons } from './write-persons.ts';

/** The seven methods on Pipedrive's persons. */
export function connectPipedrive(context: ConnectContext): Connector {
  const client = new PipedriveClient(context);
  const organizations = new Organizations(client);
  const { settings } = context;
  let fields: readonly FieldSchema[] | null = context.schema?.kinds.person ?? null;
  let currency: Promise<string | null> | null = null;

  const describe = async (): Promise<Schema> => {
    fields = fieldsOf(await client.personFields());
    return { version: versionOf(fields), kinds: { person: fields } };
  };
  const known = async (): Promise<ReadonlyMap<string, FieldSchema>> =>
    new Map((fields ?? (await describe()).kinds.person ?? []).map((field) => [field.key, field]));
  const decoding = async (persons: readonly Person[], asked: readonly string[] = []): Promise<DecodeContext> => ({
    fields: await known(),
    linkBackField: settings.systemFields.url,
    organizations: await organizations.namesFor(persons),
    webUrl: await client.webUrl(),
    asked,
  });
  const decodeAll = async (persons: readonly Person[], asked: readonly string[]): Promise<readonly RemoteRecord[]> => {
    const decode = await decoding(persons, asked);
    return persons.map((person) => decodePerson(person, decode));
  };
  const shapeOf = async (asked: readonly string[]): Promise<Shape> => {
    const schema = await known();
    const wanted = [...new Set([...asked, ...(settings.systemFields.url === null ? [] : [settings.systemFields.url])])];
    return {
      custom: wanted.filter((key) => schema.get(key)?.custom === true),
      optional: optionalAmong(wanted),
    };
  };
  const byIds = async (ids: readonly string[], asked: readonly string[]): Promise<readonly RemoteRecord[]> => {
    const shape = await shapeOf(asked);
    return decodeAll(await client.personsByIds(ids, shape), shape.custom);
  };

  return {
    describe: async (version) => {
      const schema = await describe();
      return schema.version === version ? 'unchanged' : schema;
    },
    check: () => check(client),
    hooks: pipedriveHooks(client),
    readChanges: async (feed, after, options) => {
      const now = context.clock.now();
      if (feed === 'deleted') return readDeleted(client, after, { of: 'person', since: options.since, now });
      // From the moment of the first look on: before it nobody's company is known here.
      if (feed === 'organizations-deleted') return readDeleted(client, after, { of: 'organization', since: now, now });
      if (feed === 'organizations') return organizations.readChanges(after, options.limit, now);
      const shape = await shapeOf(options.mode === 'slim' ? [] : options.fields);
      return readPersons(client, after, { ...options, shape, now }, (persons) => decodeAll(persons, shape.custom));
    },
    readByIds: (_kind, ids, asked) => byIds(ids, asked),
    findByKeys: (keys, asked) =>
      findByKeys(client, keys, { linkBack: settings.systemFields.url, byIds: (ids) => byIds(ids, asked) }),
    write: async (writes) =>
      writePersons(client, writes, {
        fields: await known(),
        currency: () => (currency ??= client.me().then(({ me }) => me.default_currency ?? null)),
        decode: async (person, emptied) => decodePerson(person, await decoding([person], emptied)),
      }),
    collect: async () => {
      throw new RemoteError('invalid', 'Pipedrive has no bulk jobs');
    },
    fields: { create: (wishes) => createFields(client, wishes) },
    companies: {
      find: (names) => organizations.find(names),
      create: (wishes) => organizations.create(wishes),
      gone: (ids) => organizations.gone(ids),
    },
    timeline: pipedriveTimeline(client),
    deletion: pipedriveDeletion(client),
    people: { owners: async () => (await client.users()).map(ownerOf) },
    options: { create: (_kind, field, labels) => createOptions(client, field, labels) },
  };
}

/** Changes when anything that we use of a field changes. */
function versionOf(fields: readonly FieldSchema[]): string {
  let hash = 0;
  for (const char of JSON.stringify(fields)) hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) | 0;
  return `${fields.length}.${hash >>> 0}`;
}

async function check(client: PipedriveClient): Promise<Account> {
  const { me, serverTime } = await client.me();
  return {
    id: me.company_id,
    name: me.company_name ?? `Pipedrive ${me.company_id}`,
    // Sandbox companies are ordinary ones; nothing in the API tells them apart.
    sandbox: null,
    timeZone: me.timezone_name ?? null,
    serverTime,
    user: { id: me.id, name: me.name ?? me.id, ...(me.email == null ? {} : { email: me.email }) },
    quota: null,
    findings: me.active_flag === false ? [{ level: 'error', code: USER_INACTIVE, params: {} }] : [],
  };
}

/** One search a key: there is no other look-up by address. Answers are compared again, because the search matches parts. */
async function findByKeys(
  client: PipedriveClient,
  keys: readonly Key[],
  options: {
    readonly linkBack: string | null;
    readonly byIds: (ids: readonly string[]) => Promise<readonly RemoteRecord[]>;
  },
): Promise<readonly Found[]> {
  const { linkBack } = options;
  const ids = await atOnce(keys, IN_FLIGHT, async (key) => {
    if ('email' in key) return client.searchByEmail(key.email);
    return linkBack === null ? [] : client.searchByField(linkBack, key.linkBack);
  });
  const wanted = [...new Set(ids.flat())];
  const records = wanted.length === 0 ? [] : await options.byIds(wanted);
  return foundByKeys(keys, records, () => true);
}

const ownerOf = (user: Awaited<ReturnType<PipedriveClient['users']>>[number]): Owner => ({
  id: String(user.id),
  name: user.name ?? user.email ?? String(user.id),
  email: user.email ?? null,
  active: user.active_flag !== false && user.is_deleted !== true,
});

/** All of them or none: the vendor's own word. */
async function createOptions(
  client: PipedriveClient,
  field: string,
  labels: readonly string[],
): Promise<readonly FieldOutcome[]> {
  const answer = await client.createOptions(field, labels);
  if (answer.status >= 400) {
    const reason = answer.status === 403 ? 'no_permission' : 'rejected_by_crm';
    return labels.map((key) => ({ ok: false, key, fault: { reason, field, params: { status: answer.status } } }));
  }
  const made = read(optionsSchema, answer.body, 'Pipedrive options').data;
  return labels.map((label) => ({ ok: true, key: String(made.find((one) => one.label === label)?.id ?? label) }));
}
const optionsSchema = z.object({ data: z.array(z.looseObject({ id: idText, label: z.string() })) });

const TYPES: Readonly<Record<FieldWish['type'], string>> = {
  text: 'varchar',
  url: 'varchar',
  number: 'double',
  // There is no yes/no type; a text that says so is recognised (BEHAVIOR.md, "Fields").
  boolean: 'varchar',
};

async function createFields(client: PipedriveClient, wishes: readonly FieldWish[]): Promise<readonly FieldOutcome[]> {
  const outcomes: FieldOutcome[] = [];
  for (const wish of wishes) {
    const answer = await client.createField(wish.label, TYPES[wish.type]);
    // The vendor makes up the key; ours is found by its label afterwards.
    const data =
      typeof answer.body === 'object' && answer.body !== null && 'data' in answer.body ? answer.body.data : null;
    const code = typeof data === 'object' && data !== null && 'field_code' in data ? String(data.field_code) : wish.key;
    const reason = answer.status === 403 ? 'no_permission' : 'rejected_by_crm';
    outcomes.push(
      answer.status < 300
        ? { ok: true, key: code }
        : { ok: false, key: wish.key, fault: { reason, field: wish.key, params: { status: answer.status } } },
    );
  }
  return outcomes;
}
