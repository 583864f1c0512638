import { z } from 'zod';
import type { FieldSchema } from '../../core/model.ts';
import { atOnce } from '../kit/at-once.ts';
import type { ConnectContext, Connector, Found, Key, ReadOptions, RemoteRecord, Schema } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import type { FieldOutcome, FieldWish } from '../kit/fields.ts';
import { foundByKeys } from '../kit/found.ts';
import { chunks } from '../kit/read.ts';
import { accountsPart, readAccounts, readDeletedAccounts, UNREAD } from './accounts.ts';
import { check, currentUser } from './check.ts';
import { COQL_ROWS, IN_FLIGHT, type ModuleName, VALUES_PER_IN, ZohoClient } from './client.ts';
import { type DecodeContext, decodeRow, fieldOf, kindOf, moduleOf, SYSTEM_FIELDS } from './codec.ts';
import { zohoDeletion } from './delete-records.ts';
import { zohoHooks } from './hooks.ts';
import { createOptions } from './options.ts';
import { readOwners } from './owners.ts';
import { quote, readConverted, readDeleted, readRows } from './read-changes.ts';
import { zohoTimeline } from './timeline.ts';
import { writeRecords } from './write-records.ts';

const MODULES = ['Leads', 'Contacts'] as const;
const FEW_ROWS = 200;
type FieldMaps = Readonly<Record<ModuleName, ReadonlyMap<string, FieldSchema>>>;

/** The seven methods on Zoho's Leads and Contacts. */
export function connectZoho(context: ConnectContext): Connector {
  const client = new ZohoClient(context);
  const { settings } = context;
  let schema: Schema | null = context.schema;
  let userId: string | null = null;

  const describe = async (): Promise<Schema> => {
    const kinds: { lead?: FieldSchema[]; contact?: FieldSchema[] } = {};
    // What a field may be used for depends on the user's profile.
    const profile = (await currentUser(client))?.profile?.id ?? null;
    for (const module of MODULES) {
      const required = await client.requiredByLayout(module);
      kinds[module === 'Leads' ? 'lead' : 'contact'] = (await client.fields(module)).map((field) =>
        fieldOf(field, required, profile),
      );
    }
    schema = { version: versionOf(kinds), kinds };
    return schema;
  };
  const fieldMaps = async (): Promise<FieldMaps> => {
    const { kinds } = schema ?? (await describe());
    const map = (fields: readonly FieldSchema[] | undefined) =>
      new Map((fields ?? []).map((field) => [field.key, field]));
    return { Leads: map(kinds.lead), Contacts: map(kinds.contact) };
  };
  const decoding = async (): Promise<DecodeContext> => ({
    fields: await fieldMaps(),
    linkBackField: settings.systemFields.url,
    webUrl: await client.webUrl(),
    userId,
  });

  const answering = {
    startAutomations: settings.startAutomations,
    onUser: (id: string): void => {
      userId = id;
    },
    now: () => context.clock.now(),
  };

  return {
    describe: async (known) => {
      const fresh = await describe();
      return fresh.version === known ? 'unchanged' : fresh;
    },
    check: () => check(client),
    readChanges: async (feed, after, options) => {
      const module: ModuleName = feed.startsWith('contacts') ? 'Contacts' : 'Leads';
      const input = { client, module, cursor: after, now: context.clock.now(), since: options.since ?? 0 };
      if (feed === 'accounts') return readAccounts(client, after, { limit: options.limit, now: input.now });
      if (feed === 'accounts-deleted') return readDeletedAccounts(client, after === UNREAD ? null : after, input.now);
      if (feed.endsWith('-deleted')) return readDeleted(input);
      if (feed.endsWith('-converted')) return readConverted(input);
      const decode = await decoding();
      const select = selected(module, options.mode === 'slim' ? [] : options.fields, decode);
      return readRows(input, options, {
        select: coqlNames(select),
        condition: conditionOf(options.filter, decode.fields[module]),
        decode: (row) => decodeRow(row, module, decode),
      });
    },
    readByIds: async (kind, ids, asked) => {
      const decode = await decoding();
      const module = moduleOf(kind);
      return (await client.byIds(module, ids, selected(module, asked, decode))).map((row) =>
        decodeRow(row, module, decode),
      );
    },
    findByKeys: async (keys, asked) => findByKeys(client, keys, { asked, decode: await decoding() }),
    write: async (writes) => writeRecords(client, writes, { fields: await fieldMaps(), ...answering }),
    collect: async () => {
      throw new RemoteError('invalid', 'no bulk job was started');
    },
    hooks: zohoHooks(client, context.clock),
    fields: { create: (wishes) => createFields(client, wishes) },
    companies: accountsPart(client, answering),
    timeline: zohoTimeline(client, () => context.clock.now()),
    deletion: zohoDeletion(client, answering),
    people: { owners: () => readOwners(client) },
    options: { create: (kind, field, labels) => createOptions(client, { module: moduleOf(kind), field }, labels) },
    count: (feed) => client.count(feed.startsWith('contacts') ? 'Contacts' : 'Leads'),
  };
}

/** Only fields that this module has, system ones first. What a walk goes by is there, whether the field list shows it or not. */
const selected = (module: ModuleName, asked: readonly string[], decode: DecodeContext): string[] => {
  const known = decode.fields[module];
  const wanted = [...SYSTEM_FIELDS[module], ...(decode.linkBackField === null ? [] : [decode.linkBackField]), ...asked];
  return ['id', ...new Set(['Modified_Time', ...wanted.filter((name) => known.has(name))])];
};

/** R11: a first load asks only for those whose sync field is ticked. */
function conditionOf(filter: ReadOptions['filter'], known: ReadonlyMap<string, FieldSchema>): string | null {
  const field = filter === undefined ? undefined : known.get(filter.field);
  if (filter === undefined || field === undefined) return null;
  if (field.type === 'boolean') return /^(true|yes|1)$/i.test(String(filter.value)) ? `${field.key} = true` : null;
  return typeof filter.value === 'string' ? `${field.key} = ${quote(filter.value)}` : null;
}

/** COQL gives a lookup's id only; its name is asked for by path. */
const coqlNames = (fields: readonly string[]): string[] =>
  fields.flatMap((name) => (name === 'Account_Name' ? [name, 'Account_Name.Account_Name'] : [name]));

/** Changes when anything that we use of a field changes. */
function versionOf(kinds: Schema['kinds']): string {
  let hash = 0;
  for (const char of JSON.stringify(kinds)) hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) | 0;
  return String(hash >>> 0);
}

/** By COQL, which reads the database: 100 values a call, both modules, second addresses too. */
async function findByKeys(
  client: ZohoClient,
  keys: readonly Key[],
  options: { readonly asked: readonly string[]; readonly decode: DecodeContext },
): Promise<readonly Found[]> {
  const { decode, asked } = options;
  // Whether "in" looks at capitals is not documented: both spellings are asked for.
  const emails = [...new Set(keys.flatMap((key) => ('email' in key ? [key.email, key.email.toLowerCase()] : [])))];
  const links = [...new Set(keys.flatMap((key) => ('linkBack' in key ? [key.linkBack] : [])))];
  const records: RemoteRecord[] = [];
  const search = async (module: ModuleName, columns: readonly string[], values: readonly string[]): Promise<void> => {
    const known = columns.filter((column) => decode.fields[module].has(column));
    if (known.length === 0) return;
    const find = async (part: readonly string[]): Promise<readonly RemoteRecord[]> => {
      const list = part.map(quote).join(', ');
      const where = known.map((column) => `${column} in (${list})`).join(' or ');
      const select = coqlNames(selected(module, asked, decode)).join(', ');
      const query = `select ${select} from ${module} where ${known.length > 1 ? `(${where})` : where}`;
      // Few rows cost one credit, many three: a hundred values seldom find more than two hundred records.
      const few = await client.coql(`${query} limit 0, ${FEW_ROWS}`);
      const page = few.rows.length < FEW_ROWS ? few : await client.coql(`${query} limit 0, ${COQL_ROWS}`);
      return page.rows.map((row) => decodeRow(row, module, decode));
    };
    records.push(...(await atOnce(chunks(values, VALUES_PER_IN), IN_FLIGHT, find)).flat());
  };
  for (const module of MODULES) {
    await search(module, ['Email', 'Secondary_Email'], emails);
    if (decode.linkBackField !== null) await search(module, [decode.linkBackField], links);
  }
  return foundByKeys(keys, records, () => false);
}

const TYPES: Readonly<Record<FieldWish['type'], Record<string, unknown>>> = {
  text: { data_type: 'text', length: 255 },
  url: { data_type: 'text', length: 255 },
  number: { data_type: 'integer', length: 9 },
  boolean: { data_type: 'boolean' },
};
const FIELDS_PER_CALL = 5;
const createdSchema = z.object({ fields: z.array(z.looseObject({ code: z.string().optional() })) });

/** Up to five a call; the name is made from the label by the vendor. */
async function createFields(client: ZohoClient, wishes: readonly FieldWish[]): Promise<readonly FieldOutcome[]> {
  const outcomes: FieldOutcome[] = [];
  for (const module of MODULES) {
    for (const part of chunks(
      wishes.filter((wish) => wish.kind === kindOf(module)),
      FIELDS_PER_CALL,
    )) {
      const answer = await client.createFields(
        module,
        part.map((wish) => ({ field_label: wish.label, ...TYPES[wish.type] })),
      );
      const reason = answer.status === 403 ? 'no_permission' : 'rejected_by_crm';
      // One of several may be refused alone (207).
      const results = createdSchema.safeParse(answer.body).data?.fields;
      for (const [index, wish] of part.entries()) {
        const code = results?.[index]?.code;
        const made = answer.status < 300 && (code === undefined ? answer.status !== 207 : code === 'SUCCESS');
        const params = { status: answer.status, ...(code === undefined ? {} : { code }) };
        outcomes.push(
          made
            ? { ok: true, key: wish.label.replace(/\s+/g, '_') }
            : { ok: false, key: wish.key, fault: { reason, field: wish.key, params } },
        );
      }
    }
  }
  return outcomes;
}
