import type { FieldSchema, Kind } from '../../core/model.ts';
import type { Account } from '../kit/account.ts';
import { atOnce } from '../kit/at-once.ts';
import type {
  ConnectContext,
  Connector,
  Found,
  Key,
  RemoteRecord,
  RemoteWrite,
  Schema,
  WriteOutcome,
} from '../kit/connector.ts';
import { RemoteError, USER_INACTIVE } from '../kit/errors.ts';
import { foundByKeys } from '../kit/found.ts';
import { chunks } from '../kit/read.ts';
import { byKey, IN_FLIGHT, type Resource, SellClient } from './client.ts';
import { type DecodeContext, decodeObject, fieldsOf, resourceOf, type SellObject, vendorId } from './codec.ts';
import { SellCompanies } from './companies.ts';
import { sellDeletion } from './delete-records.ts';
import { readOwners } from './owners.ts';
import { readSync } from './read-changes.ts';
import { sellTimeline } from './timeline.ts';
import { writeRecords } from './write-records.ts';

/** The vendor retires the product; shown with every check (BEHAVIOR.md, "End of life"). */
export const END_OF_LIFE = '2027-08-31';
const VALUES_PER_SEARCH = 100;

/** The seven methods on Sell's leads and persons. */
export function connectZendeskSell(context: ConnectContext): Connector {
  const client = new SellClient(context);
  const { settings } = context;
  let schema: Schema | null = context.schema;
  const companies = new SellCompanies(client);

  const describe = async (): Promise<Schema> => {
    const lead = fieldsOf('lead', await client.customFields('lead'), await client.leadStatuses());
    const contact = fieldsOf('contact', await client.customFields('contact'), []);
    schema = { version: versionOf([...lead, ...contact]), kinds: { lead, contact } };
    return schema;
  };
  const fieldMaps = async (): Promise<DecodeContext['fields']> => {
    const { kinds } = schema ?? (await describe());
    return { lead: byKey(kinds.lead ?? []), contact: byKey(kinds.contact ?? []) };
  };
  // Names that no field has even after the fields were read anew: not ours to know.
  const strange = new Set<string>();
  /** Records name their fields by name, and people rename: a name that we do not know means that our names are old. */
  const learnNames = async (objects: readonly SellObject[], kind: Kind): Promise<void> => {
    const unknown = (known: ReadonlySet<string>): string[] =>
      namesIn(objects).filter((name) => !known.has(name) && !strange.has(name));
    const labels = async (): Promise<ReadonlySet<string>> =>
      new Set([...((await fieldMaps())[kind]?.values() ?? [])].flatMap((field) => (field.custom ? field.label : [])));
    if (unknown(await labels()).length === 0) return;
    await describe();
    for (const name of unknown(await labels())) strange.add(name);
  };
  const decodeAll = async (objects: readonly SellObject[], kind: Kind): Promise<readonly RemoteRecord[]> => {
    if (kind === 'contact') await companies.learn(objects);
    await learnNames(objects, kind);
    const decode: DecodeContext = {
      fields: await fieldMaps(),
      linkBackField: settings.systemFields.url,
      companies: companies.names,
    };
    return objects.map((object) => decodeObject(object, kind, decode));
  };
  const writeAll = async (writes: readonly RemoteWrite[]): Promise<readonly WriteOutcome[]> =>
    writeRecords(client, writes, {
      fields: await fieldMaps(),
      decode: async (object, kind) => {
        const [record] = await decodeAll([object], kind);
        if (record === undefined) throw new RemoteError('unexpected', 'Zendesk Sell answered no record');
        return record;
      },
    });
  const byIds = async (kind: Kind, ids: readonly string[]): Promise<readonly RemoteRecord[]> => {
    const objects = await client.byIds(resourceOf(kind), ids.map(vendorId));
    return decodeAll(
      objects.filter((object) => object['is_organization'] !== true),
      kind,
    );
  };

  return {
    describe: async (known) => {
      const fresh = await describe();
      return fresh.version === known ? 'unchanged' : fresh;
    },
    check: () => check(client),
    readChanges: (_feed, after) =>
      readSync(
        client,
        after,
        {
          lead: (objects) => decodeAll(objects, 'lead'),
          contact: (objects) => decodeAll(objects, 'contact'),
          companies: (objects) => companies.keep(objects),
        },
        (ms) => context.clock.sleep(ms, context.signal),
      ),
    readByIds: (kind, ids) => byIds(kind, ids),
    findByKeys: async (keys) =>
      findByKeys(client, keys, { linkBack: settings.systemFields.url, fields: await fieldMaps(), byIds, decodeAll }),
    write: async (writes) => {
      const outcomes = await writeAll(writes);
      const again = writes.filter((_write, index) => isUnknownField(outcomes[index]));
      if (again.length === 0) return outcomes;
      // A refused write is refused whole, so nothing happened: once more, by the names of today.
      await describe();
      const second = await writeAll(again);
      return writes.map((write, index) => second[again.indexOf(write)] ?? outcomes[index] ?? { kind: 'unknown' });
    },
    timeline: sellTimeline(client),
    deletion: sellDeletion(client),
    companies: {
      find: (names) => companies.find(names),
      create: (wishes) => companies.create(wishes),
      gone: (ids) => companies.gone(ids),
    },
    people: { owners: () => readOwners(client) },
    collect: async () => {
      throw new RemoteError('invalid', 'Zendesk Sell has no bulk jobs');
    },
  };
}

const namesIn = (objects: readonly SellObject[]): string[] => [
  ...new Set(
    objects.flatMap(({ custom_fields: custom }) =>
      typeof custom === 'object' && custom !== null ? Object.keys(custom) : [],
    ),
  ),
];

/** A field of the account's own that Sell does not know by the name we have. */
const isUnknownField = (outcome: WriteOutcome | undefined): boolean =>
  outcome?.kind === 'refused' &&
  outcome.faults.some(({ field, params }) => field?.startsWith('cf_') === true && params['code'] === 'unknown');

/** Changes when anything that we use of a field changes. */
function versionOf(fields: readonly FieldSchema[]): string {
  let hash = 0;
  for (const char of JSON.stringify(fields)) hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) | 0;
  return `${fields.length}.${hash >>> 0}`;
}

/** What the sync protocol and writing need; `profile` is for the account itself. */
const SCOPES = ['read', 'write', 'sync'];

async function check(client: SellClient): Promise<Account> {
  const account = await client.account();
  const user = await client.user();
  const scopes = await client.scopes();
  const missing = scopes === null ? [] : SCOPES.filter((scope) => !scopes.includes(scope));
  return {
    id: String(account.id),
    name: account.name ?? `Zendesk Sell ${account.id}`,
    sandbox: null,
    timeZone: account.timezone ?? null,
    serverTime: account.serverTime,
    user: { id: String(user.id), name: user.name ?? '', ...(user.email == null ? {} : { email: user.email }) },
    quota: null,
    findings: [
      ...(user.status === 'inactive' ? [{ level: 'error' as const, code: USER_INACTIVE, params: {} }] : []),
      ...missing.map((scope) => ({ level: 'error' as const, code: 'missing_scope', params: { scope } })),
      { level: 'warning', code: 'end_of_life', params: { product: 'Zendesk Sell', date: END_OF_LIFE } },
    ],
  };
}

interface FindOptions {
  readonly linkBack: string | null;
  readonly fields: DecodeContext['fields'];
  readonly byIds: (kind: Kind, ids: readonly string[]) => Promise<readonly RemoteRecord[]>;
  readonly decodeAll: (objects: readonly SellObject[], kind: Kind) => Promise<readonly RemoteRecord[]>;
}

/** Many values a call by the search; where it is not to be had, one filtered list a value. Both tables. */
async function findByKeys(client: SellClient, keys: readonly Key[], options: FindOptions): Promise<readonly Found[]> {
  const emails = [...new Set(keys.flatMap((key) => ('email' in key ? [key.email] : [])))];
  const links = [...new Set(keys.flatMap((key) => ('linkBack' in key ? [key.linkBack] : [])))];
  const records: RemoteRecord[] = [];
  for (const kind of ['lead', 'contact'] as const) {
    records.push(
      ...(await find(client, { kind, key: 'email', filter: 'email', attribute: 'email', values: emails }, options)),
    );
    const field = options.linkBack === null ? undefined : options.fields[kind]?.get(options.linkBack);
    if (field === undefined) continue;
    // By id in the search, by name in the lists (BEHAVIOR.md, "Custom fields").
    const attribute = `custom_fields.${field.key.replace('cf_', '')}`;
    records.push(
      ...(await find(
        client,
        { kind, key: field.key, filter: `custom_fields[${field.label}]`, attribute, values: links },
        options,
      )),
    );
  }
  return foundByKeys(keys, records, () => true);
}

interface Wanted {
  readonly kind: Kind;
  readonly key: string;
  readonly filter: string;
  readonly attribute: string;
  readonly values: readonly string[];
}

async function find(client: SellClient, wanted: Wanted, options: FindOptions): Promise<readonly RemoteRecord[]> {
  if (wanted.values.length === 0) return [];
  const resource: Resource = resourceOf(wanted.kind);
  try {
    const parts = chunks(wanted.values, VALUES_PER_SEARCH);
    const ids = (await atOnce(parts, IN_FLIGHT, (part) => client.search(resource, wanted.attribute, part))).flat();
    return ids.length === 0 ? [] : await options.byIds(wanted.kind, ids.map(String));
  } catch (error) {
    const isMissing = error instanceof RemoteError && ['invalid', 'forbidden', 'unexpected'].includes(error.kind);
    if (!isMissing) throw error;
  }
  const objects = await atOnce(wanted.values, IN_FLIGHT, (value) =>
    client.byFilter(resource, { [wanted.filter]: value }),
  );
  return options.decodeAll(
    objects.flat().filter((object) => object['is_organization'] !== true),
    wanted.kind,
  );
}
