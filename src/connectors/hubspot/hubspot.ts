import type { FieldSchema } from '../../core/model.ts';
import type { Account } from '../kit/account.ts';
import type { ConnectContext, Connector, Found, Key, Schema } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import type { FieldOutcome, FieldWish } from '../kit/fields.ts';
import { foundByKeys } from '../kit/found.ts';
import { byKey, bySize, HubSpotClient, wanted } from './client.ts';
import { type DecodeContext, decodeRecord, fieldOf } from './codec.ts';
import { COMPANY, companiesFinding, companiesPart } from './companies.ts';
import { hubSpotDeletion } from './delete-contacts.ts';
import { hubSpotHooks } from './hooks.ts';
import { createOptions } from './options.ts';
import { readOwners } from './owners.ts';
import { readArchived, readContacts } from './read-changes.ts';
import { readScopes, scopeFindings } from './rights.ts';
import { hubSpotTimeline } from './timeline.ts';
import { writeContacts } from './write-contacts.ts';

/** Stages that are leads unless the connection says otherwise; an empty stage is a lead too (BEHAVIOR.md). */
export const DEFAULT_LEAD_STAGES = ['subscriber', 'lead', 'marketingqualifiedlead', 'salesqualifiedlead'] as const;

/** What the values of an IN filter may take of the search body's 3,000 characters, beside everything else. */
const LINK_BACKS_SIZE = 1_500;

/** The seven methods on HubSpot's contacts. */
export function connectHubSpot(context: ConnectContext): Connector {
  const client = new HubSpotClient(context);
  const { settings } = context;
  const leadStages = stagesOf(settings.options['leadStages']);
  const hasCompanies = settings.options['companyRecords'] === true;
  let fields: readonly FieldSchema[] | null = context.schema?.kinds.lead ?? context.schema?.kinds.contact ?? null;
  let recordUrl: string | null = null;

  const describe = async (): Promise<Schema> => {
    const [properties, maxLengths] = [await client.properties(), await client.maxLengths()];
    const described = properties.map((property) => fieldOf(property, maxLengths));
    // Found or made before a person is written (R25), where the connection says so.
    fields = described.map((field) => (hasCompanies && field.key === COMPANY ? { ...field, company: true } : field));
    return { version: versionOf(fields), kinds: { lead: fields, contact: fields } };
  };
  const decoding = async (): Promise<DecodeContext> => {
    const known = fields ?? (await describe()).kinds.lead ?? [];
    // Dated versions answer each record's `url`; without it the generic host redirects to the account's own.
    return {
      fields: byKey(known),
      leadStages,
      linkBackField: settings.systemFields.url,
      recordUrl: recordUrl ?? 'https://app.hubspot.com/contacts/record/0-1/',
    };
  };

  const hooks = hubSpotHooks(context);

  return {
    describe: async (known) => {
      const schema = await describe();
      return schema.version === known ? 'unchanged' : schema;
    },
    check: async (): Promise<Account> => {
      const account = await client.account();
      recordUrl = `https://${account.uiDomain}/contacts/${account.portalId}/record/0-1/`;
      const counts = await countKinds(client, leadStages);
      const finding = hasCompanies ? await companiesFinding(client) : null;
      const scopes = await readScopes(client, settings);
      return {
        id: String(account.portalId),
        name: `HubSpot ${account.portalId}`,
        sandbox: account.accountType == null ? null : /SANDBOX|DEVELOPER_TEST/.test(account.accountType),
        timeZone: account.timeZone ?? null,
        serverTime: account.serverTime,
        quota: null,
        counts,
        findings: [...(finding === null ? [] : [finding]), ...scopeFindings(scopes, hasCompanies)],
      };
    },
    readChanges: async (feed, after, options) => {
      if (feed === 'archived') return readArchived(client, after, context.clock.now());
      return readContacts(client, after, options, { context: await decoding(), now: () => context.clock.now() });
    },
    readByIds: async (_kind, ids, asked) => {
      const decode = await decoding();
      return (await client.batchRead(ids, wanted(asked, decode.linkBackField))).map((object) =>
        decodeRecord(object, decode),
      );
    },
    findByKeys: (keys, asked) => findByKeys(client, keys, { asked, decoding }),
    write: async (writes) => {
      const decode = await decoding();
      return writeContacts(client, writes, {
        decode: (object) => decodeRecord(object, decode),
        newStage: newStageOf(leadStages),
      });
    },
    collect: async () => {
      throw new RemoteError('invalid', 'HubSpot has no bulk jobs here');
    },
    ...(hooks === undefined ? {} : { hooks }),
    fields: { create: (wishes) => createFields(client, wishes) },
    ...(hasCompanies ? { companies: companiesPart(client) } : {}),
    people: { owners: () => readOwners(client) },
    timeline: hubSpotTimeline(client),
    deletion: hubSpotDeletion(client),
    options: { create: (_kind, field, labels) => createOptions(client, field, labels) },
    count: async () => (await client.search({ filterGroups: [], properties: ['hs_object_id'], limit: 1 })).total,
  };
}

function stagesOf(option: unknown): ReadonlySet<string> {
  if (option === undefined) return new Set([...DEFAULT_LEAD_STAGES, '']);
  if (Array.isArray(option) && option.every((stage) => typeof stage === 'string')) return new Set([...option, '']);
  throw new RemoteError('invalid', 'options.leadStages must be a list of lifecycle stages', {
    case: 'option_wrong',
    params: { option: 'leadStages' },
  });
}

/** A new lead is one by the connection's own list of stages. */
const newStageOf = (leadStages: ReadonlySet<string>): string | null =>
  leadStages.has('lead') ? 'lead' : ([...leadStages].find((stage) => stage !== '') ?? null);

/** Changes when anything that we use of a field changes. */
const versionOf = (fields: readonly FieldSchema[]): string => {
  let hash = 0;
  for (const char of JSON.stringify(fields)) hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) | 0;
  return `${fields.length}.${hash >>> 0}`;
};

async function countKinds(
  client: HubSpotClient,
  leadStages: ReadonlySet<string>,
): Promise<{ lead: number; contact: number }> {
  const values = [...leadStages].filter((stage) => stage !== '');
  const all = await client.search({ filterGroups: [], properties: ['hs_object_id'], limit: 1 });
  const filters = [
    { propertyName: 'lifecyclestage', operator: 'HAS_PROPERTY' as const },
    { propertyName: 'lifecyclestage', operator: 'NOT_IN' as const, values },
  ];
  const contacts = await client.search({ filterGroups: [{ filters }], properties: ['hs_object_id'], limit: 1 });
  return { lead: all.total - contacts.total, contact: contacts.total };
}

async function findByKeys(
  client: HubSpotClient,
  keys: readonly Key[],
  options: { readonly asked: readonly string[]; readonly decoding: () => Promise<DecodeContext> },
): Promise<readonly Found[]> {
  const decode = await options.decoding();
  const properties = wanted(options.asked, decode.linkBackField);
  const emails = keys.flatMap((key) => ('email' in key ? [key.email.toLowerCase()] : []));
  // batch/read by e-mail is consistent; search would lag (BEHAVIOR.md, "Look-ups").
  const byEmail = emails.length === 0 ? [] : await client.batchRead(emails, properties, { idProperty: 'email' });
  const links = keys.flatMap((key) => ('linkBack' in key ? [key.linkBack] : []));
  const byLink = [];
  const { linkBackField } = decode;
  if (linkBackField !== null) {
    for (const values of bySize([...new Set(links)], LINK_BACKS_SIZE)) {
      const filters = [
        { propertyName: linkBackField, operator: 'IN' as const, values: values.map((value) => value.toLowerCase()) },
      ];
      byLink.push(...(await client.search({ filterGroups: [{ filters }], properties, limit: 200 })).results);
    }
  }
  const records = [...byEmail, ...byLink].map((object) => decodeRecord(object, decode));
  return foundByKeys(keys, records, (key) => 'linkBack' in key);
}

const TYPES = {
  text: { type: 'string', fieldType: 'text' },
  url: { type: 'string', fieldType: 'text' },
  number: { type: 'number', fieldType: 'number' },
  boolean: { type: 'bool', fieldType: 'booleancheckbox' },
} as const;

async function createFields(client: HubSpotClient, wishes: readonly FieldWish[]): Promise<readonly FieldOutcome[]> {
  const outcomes: FieldOutcome[] = [];
  for (const wish of wishes) {
    const options =
      wish.type === 'boolean'
        ? {
            options: [
              { label: 'Yes', value: 'true', displayOrder: 0 },
              { label: 'No', value: 'false', displayOrder: 1 },
            ],
          }
        : {};
    const answer = await client.createProperty({
      groupName: 'contactinformation',
      name: wish.key,
      label: wish.label,
      ...TYPES[wish.type],
      ...options,
      ...(wish.unique === true ? { hasUniqueValue: true } : {}),
    });
    const made = answer.status === 201 || answer.status === 200 || answer.status === 409;
    const reason = answer.status === 403 ? 'no_permission' : 'rejected_by_crm';
    outcomes.push(
      made
        ? { ok: true, key: wish.key }
        : { ok: false, key: wish.key, fault: { reason, field: wish.key, params: { status: answer.status } } },
    );
  }
  return outcomes;
}
