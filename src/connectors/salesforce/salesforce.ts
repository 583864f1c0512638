import type { FieldSchema, Kind } from '../../core/model.ts';
import { atOnce } from '../kit/at-once.ts';
import type { ConnectContext, Connector, Found, Key, RemoteRecord, Schema } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import { foundByKeys } from '../kit/found.ts';
import { chunks } from '../kit/read.ts';
import { accountsPart, withAccounts } from './accounts.ts';
import { withAddressLists } from './address-lists.ts';
import { check } from './check.ts';
import { IN_FLIGHT, inLists, SalesforceClient } from './client.ts';
import {
  type DecodeContext,
  decodeRow,
  fieldOf,
  isCompanyField,
  kindOf,
  OBJECTS,
  type ObjectName,
  objectOf,
} from './codec.ts';
import { salesforceDeletion } from './delete-records.ts';
import { salesforceEvents } from './events.ts';
import { createFields, hiddenFields } from './make-fields.ts';
import { createOptions } from './options.ts';
import { readOwners } from './owners.ts';
import { queryNames, readAccounts, readDeleted, readObject, selectable } from './read-changes.ts';
import { salesforceTimeline } from './timeline.ts';
import { assignsLeads, writeRecords } from './write-records.ts';

const RETRIEVE = 2_000;

/** The seven methods on Salesforce's leads and contacts. */
export function connectSalesforce(context: ConnectContext): Connector {
  const client = new SalesforceClient(context);
  const { settings } = context;
  let schema: Schema | null = context.schema;

  const describe = async (): Promise<Schema> => {
    const kinds: Partial<Record<Kind, readonly FieldSchema[]>> = {};
    for (const object of OBJECTS)
      kinds[kindOf(object)] = withAddressLists(
        (await client.describe(object)).fields.flatMap((field) => fieldOf(field) ?? []),
      );
    schema = { version: versionOf(kinds), kinds };
    return schema;
  };
  const fieldsOf = async (): Promise<DecodeContext['fields']> => {
    const known = schema ?? (await describe());
    const map = (kind: Kind): ReadonlyMap<string, FieldSchema> =>
      new Map((known.kinds[kind] ?? []).map((field) => [field.key, field]));
    return { Lead: map('lead'), Contact: map('contact') };
  };
  const decoding = async (): Promise<DecodeContext> => {
    const token = await client.http.token();
    return {
      fields: await fieldsOf(),
      linkBackField: settings.systemFields.url,
      userId: token.userId ?? null,
      instanceUrl: (settings.baseUrl ?? token.apiUrl ?? '').replace(/\/+$/, ''),
    };
  };

  return {
    describe: async (known) => {
      const fresh = await describe();
      return fresh.version === known ? 'unchanged' : fresh;
    },
    check: () => check(client),
    readChanges: async (feed, cursor, options) => {
      if (feed === 'account') return readAccounts({ client, cursor, options, now: () => context.clock.now() });
      const object: ObjectName = feed.startsWith('contact') ? 'Contact' : 'Lead';
      const input = { client, object, cursor, options, context: await decoding(), now: () => context.clock.now() };
      return feed.endsWith('-deleted') ? readDeleted(input) : readObject(input);
    },
    readByIds: async (kind, ids, asked) => {
      const decode = await decoding();
      const object = objectOf(kind);
      const records: RemoteRecord[] = [];
      // One malformed id would refuse the whole call; what is none names nobody.
      const wanted = [...new Set(ids)].filter((id) => /^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/.test(id));
      for (const part of chunks(wanted, RETRIEVE)) {
        const fields = selectable(object, asked, decode);
        const rows = await client.retrieve(object, part, fields);
        const named = fields.some((name) => isCompanyField(object, name, decode))
          ? await withAccounts(client, rows)
          : rows;
        records.push(...named.map((row) => decodeRow(row, object, decode)));
      }
      return records;
    },
    findByKeys: async (keys, asked) => findByKeys(client, keys, { asked, decode: await decoding() }),
    write: async (writes) =>
      writeRecords(client, writes, {
        fields: await fieldsOf(),
        assigns: assignsLeads(settings.options, settings.startAutomations),
      }),
    collect: async () => {
      throw new RemoteError('invalid', 'no bulk job was started');
    },
    events: salesforceEvents(client, client.version),
    fields: {
      create: (wishes) => createFields(client, wishes),
      hidden: (kind, keys) => hiddenFields(client, objectOf(kind), keys),
    },
    companies: accountsPart(client, fieldsOf),
    timeline: salesforceTimeline(client, settings.startAutomations),
    deletion: salesforceDeletion(client),
    people: { owners: () => readOwners(client) },
    options: { create: (kind, field, labels) => createOptions(client, { object: objectOf(kind), field }, labels) },
    count: async (feed) =>
      (await client.query(`SELECT COUNT() FROM ${feed.startsWith('contact') ? 'Contact' : 'Lead'}`)).totalSize,
  };
}

/** Changes when anything that we use of a field changes. */
function versionOf(kinds: Schema['kinds']): string {
  let hash = 0;
  for (const char of JSON.stringify(kinds)) hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) | 0;
  return String(hash >>> 0);
}

async function findByKeys(
  client: SalesforceClient,
  keys: readonly Key[],
  options: { readonly asked: readonly string[]; readonly decode: DecodeContext },
): Promise<readonly Found[]> {
  const { decode, asked } = options;
  const emails = [...new Set(keys.flatMap((key) => ('email' in key ? [key.email.toLowerCase()] : [])))];
  const links = [...new Set(keys.flatMap((key) => ('linkBack' in key ? [key.linkBack] : [])))];
  const searches = OBJECTS.flatMap((object) => {
    const fields = queryNames(object, selectable(object, asked, decode), decode);
    const select = `SELECT ${fields.join(', ')} FROM ${object} WHERE `;
    const queries = [
      ...inLists('Email', emails, select),
      ...(decode.linkBackField !== null && decode.fields[object].has(decode.linkBackField)
        ? inLists(decode.linkBackField, links, select)
        : []),
    ];
    return queries.map((soql) => ({ object, soql }));
  });
  const found = await atOnce(searches, IN_FLIGHT, async ({ object, soql }) =>
    (await client.queryRows(soql)).map((row) => decodeRow(row, object, decode)),
  );
  const records = found.flat();
  // SOQL sees every commit; only the text search lags (BEHAVIOR.md, "Consistency").
  return foundByKeys(keys, records, () => false);
}
