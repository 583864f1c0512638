import type { FieldSchema } from '../../core/model.ts';
import type { ConnectContext, Connector, RemoteRecord, Schema } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import { createAccounts, findAccounts, goneAccounts, readAccounts, UNREAD } from './accounts.ts';
import { check } from './check.ts';
import { C4cClient, quote } from './client.ts';
import { type DecodeContext, decodeEntity, type Entity, isObsolete } from './codec.ts';
import { c4cDeletion } from './delete-records.ts';
import { ENTITIES, type EntityName, entitiesOf, entityOf, OBSOLETE, objectId, STATUS } from './entities.ts';
import { denyingCodeOf, schemaOf } from './fields.ts';
import { findByKeys } from './find.ts';
import { readOwners } from './owners.ts';
import { readEntities } from './read-changes.ts';
import { conditionOf, linkBackIn, selected } from './select.ts';
import { type C4cSettings, readSettings } from './settings.ts';
import { writeRecords } from './write-records.ts';

type FieldMaps = DecodeContext['fields'];

/** The set that a feed reads; null: this connection does not use it. */
function entityOfFeed(feed: string, { roles }: C4cSettings): EntityName | null {
  if (feed === 'leads') return roles.lead;
  const entity = feed === 'contacts' ? 'Contact' : feed === 'individuals' ? 'IndividualCustomer' : undefined;
  if (entity === undefined) throw new RemoteError('invalid', `there is no feed ${feed}`);
  return roles.contacts.includes(entity) ? entity : null;
}

/** The seven methods on leads, contacts and individual customers of SAP Cloud for Customer. */
export function connectSapC4c(context: ConnectContext): Connector {
  const settings = readSettings(context.settings);
  const client = new C4cClient(context);
  const linkBack = context.settings.systemFields.url;
  let schema: Schema | null = context.schema;

  const describe = async (): Promise<Schema> => {
    const types = await client.metadata();
    const helps = ENTITIES.flatMap((entity) => types.get(entity) ?? [])
      .filter((property) => property.context === null)
      .flatMap((property) => property.valueHelp ?? []);
    schema = schemaOf(types, await client.codeLists([...new Set(helps)]), settings);
    return schema;
  };
  const decoding = async (): Promise<DecodeContext> => {
    const { kinds } = schema ?? (await describe());
    const map = (fields: readonly FieldSchema[] | undefined) =>
      new Map((fields ?? []).map((field) => [field.key, field]));
    const fields: FieldMaps = { lead: map(kinds.lead), contact: map(kinds.contact) };
    return {
      settings,
      fields,
      denyingCode: { lead: denyingCodeOf(fields.lead), contact: denyingCodeOf(fields.contact) },
      linkBackField: linkBack,
      urlOf: urlsOf(client.tenant, settings.leadUrl),
    };
  };
  const among = async (entity: EntityName, property: string, values: readonly string[], asked: readonly string[]) => {
    if (values.length === 0) return [];
    const decode = await decoding();
    const rows = await client.among(entity, property, values, selected(entity, asked, decode));
    return rows.filter((row) => !isObsolete(entity, row)).map((row) => decodeEntity(row, entity, decode));
  };

  return {
    describe: async (known) => {
      const fresh = await describe();
      return fresh.version === known ? 'unchanged' : fresh;
    },
    check: async () => check(client, settings, context, schema ?? (await describe())),
    readChanges: async (feed, after, options) => {
      if (ACCOUNT_FEEDS.has(feed))
        return readAccounts(client, after === UNREAD ? null : after, {
          limit: options.limit,
          now: context.clock.now(),
        });
      const entity = entityOfFeed(feed, settings);
      if (entity === null) return { changed: [], gone: [], moved: [], next: after ?? UNUSED, more: false };
      const decode = await decoding();
      return readEntities({
        client,
        entity,
        cursor: after === UNUSED ? null : after,
        options,
        select: selected(entity, options.mode === 'slim' ? [] : options.fields, decode),
        condition: conditionOf(entity, options.filter, decode),
        decode: (row) => decodeEntity(row, entity, decode),
        now: context.clock.now(),
      });
    },
    readByIds: async (kind, ids, asked) => {
      const records: RemoteRecord[] = [];
      for (const entity of entitiesOf(kind, settings.roles)) {
        const own = ids.filter((id) => entityOf(kind, id, settings.roles) === entity).map(objectId);
        records.push(...(await among(entity, 'ObjectID', own, asked)));
      }
      return records;
    },
    findByKeys: async (keys, asked) =>
      findByKeys(keys, {
        entities: [settings.roles.lead, ...settings.roles.contacts],
        linkBack: linkBackIn(await decoding()),
        among: (entity, property, values) => among(entity, property, values, asked),
      }),
    write: async (writes) => {
      const decode = await decoding();
      return writeRecords(client, writes, {
        ...decode,
        decode: (row: Entity, entity) => decodeEntity(row, entity, decode),
        now: () => context.clock.now(),
      });
    },
    companies: {
      find: (names) => findAccounts(client, names),
      gone: (ids) => goneAccounts(client, ids),
      create: (wishes) => createAccounts(client, wishes, { role: settings.accountRole, now: context.clock.now() }),
    },
    deletion: c4cDeletion(client, { decode: decoding, now: () => context.clock.now() }),
    people: { owners: () => readOwners(client) },
    collect: async () => {
      throw new RemoteError('invalid', 'SAP Cloud for Customer has no bulk jobs here');
    },
    count: async (feed) => {
      const entity = entityOfFeed(feed, settings);
      if (entity === null) return 0;
      const [all, obsolete] = await client.counts([
        { entity, filter: null },
        ...(entity === 'Lead' ? [] : [{ entity, filter: `${STATUS[entity]} eq ${quote(OBSOLETE)}` }]),
      ]);
      return (all ?? 0) - (obsolete ?? 0);
    },
  };
}

/** One set of companies, whichever kind the contacts of companies play. */
const ACCOUNT_FEEDS = new Set(['accounts', 'lead-accounts']);

/** The position in a feed that this connection does not use. */
const UNUSED = 'unused';

/** Where a person opens a record (BEHAVIOR.md, "Links"). The template for leads is not documented, so it is an option. */
const urlsOf =
  (tenant: string, leadUrl: string): DecodeContext['urlOf'] =>
  (entity, readableId, id) => {
    if (entity === 'Lead' && leadUrl !== '')
      return leadUrl.replaceAll('{ID}', encodeURIComponent(readableId)).replaceAll('{ObjectID}', id);
    const query = new URLSearchParams({
      bo_ns: 'http://sap.com/thingTypes',
      bo: 'COD_GENERIC',
      node: 'Root',
      operation: 'OnExtInspect',
      'param.InternalID': readableId,
      'param.Type': THING_TYPES[entity],
      'sapbyd-agent': 'TAB',
    });
    return `${tenant}/sap/public/byd/runtime?${query.toString()}#${id}`;
  };
const THING_TYPES: Readonly<Record<EntityName, string>> = {
  Lead: 'COD_LEAD_TT',
  Contact: 'COD_CONTACT_TT',
  IndividualCustomer: 'COD_ACCOUNT_TT',
};
