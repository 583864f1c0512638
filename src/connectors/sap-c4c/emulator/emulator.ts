import type { Value } from '../../../core/model.ts';
import type { Clock } from '../../../platform/clock.ts';
import { createEmulator, type EmulatedRecord, type EmulatedWorld, type Emulator } from '../../kit/testing/emulator.ts';
import { ENTITIES, type EntityName, OBSOLETE, objectId, PERMISSION, recordId, STATUS } from '../entities.ts';
import { CODE_LISTS } from './code-lists.ts';
import { EMULATED_CERTIFICATE, EMULATED_ISSUER, EMULATED_PRIVATE_KEY } from './identity.ts';
import { c4cApi } from './routes.ts';
import { C4cState, type StoredEntity } from './state.ts';

export interface C4cEmulatorOptions {
  readonly clock: Clock;
  readonly url?: () => string;
  /** Make Tandem's own fields at once, as an administrator would. Default true. */
  readonly prepared?: boolean;
  /** An ordinary user's calls need a token with their session; an integration user's do not. Default false. */
  readonly needsCsrf?: boolean;
}

export interface C4cEmulator extends Emulator {
  readonly state: C4cState;
  readonly credentials: { readonly method: 'basic'; readonly username: string; readonly password: string };
  /** The same tenant by OAuth. */
  readonly samlCredentials: { readonly method: 'saml-bearer' } & Readonly<Record<string, string>>;
}

const KEYS: Readonly<Record<EntityName, Readonly<Record<string, string>>>> = {
  Lead: {
    email: 'ContactEMail',
    first_name: 'ContactFirstName',
    last_name: 'ContactLastName',
    company: 'Company',
    job_title: 'ContactFunctionalTitleName',
    phone: 'ContactPhone',
    mobile: 'ContactMobile',
    street: 'AccountPostalAddressElementsStreetName',
    city: 'AccountCity',
    postal_code: 'AccountPostalAddressElementsStreetPostalCode',
    country: 'AccountCountry',
    website: 'AccountWebsite',
    sync: 'SynctoTandem_KUT',
  },
  Contact: {
    email: 'Email',
    first_name: 'FirstName',
    last_name: 'LastName',
    company: 'AccountFormattedName',
    job_title: 'JobTitle',
    phone: 'Phone',
    mobile: 'Mobile',
    street: 'BusinessAddressStreet',
    city: 'BusinessAddressCity',
    postal_code: 'BusinessAddressStreetPostalCode',
    country: 'BusinessAddressCountryCode',
    sync: 'SynctoTandem_KUT',
  },
  IndividualCustomer: {
    email: 'Email',
    first_name: 'FirstName',
    last_name: 'LastName',
    phone: 'Phone',
    mobile: 'Mobile',
    street: 'Street',
    city: 'City',
    postal_code: 'StreetPostalCode',
    country: 'CountryCode',
    website: 'WebSite',
    sync: 'SynctoTandem_KUT',
  },
};

/** Where the emulated tenant is in tests that do not serve it. */
export const EMULATED_TENANT = 'https://my000001.crm.test';

/** A stateful SAP Cloud for Customer in memory. */
export function createC4cEmulator(options: C4cEmulatorOptions): C4cEmulator {
  const state = new C4cState(options.clock, options.prepared !== false);
  const [username, password] = ['_TANDEM', 'emulated-password'];
  const client = { clientId: '_TANDEM_OAUTH', clientSecret: 'emulated-client-secret', user: 'INTEGRATION' };
  const emulator = createEmulator({
    world: worldOf(state),
    api: c4cApi(state, {
      basic: Buffer.from(`${username}:${password}`).toString('base64'),
      client,
      url: options.url ?? (() => EMULATED_TENANT),
      needsCsrf: () => options.needsCsrf === true,
    }),
    clock: options.clock,
    throttled: () => new Response('Service Unavailable', { status: 503, headers: { 'retry-after': '1' } }),
    expired: () =>
      new Response('<html><body>Logon failed</body></html>', { status: 401, headers: { 'www-authenticate': 'Basic' } }),
  });
  return {
    ...emulator,
    state,
    credentials: { method: 'basic', username, password },
    samlCredentials: {
      method: 'saml-bearer',
      clientId: client.clientId,
      clientSecret: client.clientSecret,
      issuer: EMULATED_ISSUER,
      username: client.user,
      privateKey: EMULATED_PRIVATE_KEY,
      certificate: EMULATED_CERTIFICATE,
    },
  };
}

/** People read *France*, the record holds `FR`. */
const COUNTRIES = CODE_LISTS['CountryCodeCollection']?.codes ?? [];
const toCode = (value: Value): Value => COUNTRIES.find(([, name]) => name === value)?.[0] ?? value;
const toName = (value: unknown): unknown => COUNTRIES.find(([code]) => code === value)?.[1] ?? value;

/** Of the emulated tenant's list of permissions. */
const NO_CONTACT = '2';

function worldOf(state: C4cState): EmulatedWorld {
  const entityAt = (id: string): EntityName => state.entityOf(objectId(id));
  const find = (id: string): StoredEntity | undefined => state.sets[entityAt(id)].get(objectId(id));
  const must = (id: string): StoredEntity => {
    const row = find(id);
    if (row === undefined) throw new Error(`emulated C4C has no record ${id}`);
    return row;
  };
  const accountAt = (id: string): StoredEntity => {
    const row = state.account(id);
    if (row === undefined) throw new Error(`emulated C4C has no account ${id}`);
    return row;
  };
  const raw = (entity: EntityName, fields: Readonly<Record<string, Value>>): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(fields).flatMap(([key, value]) => {
        // The permission is a code; one of its meanings is "no contact".
        if (key === 'opt_out') return [[PERMISSION[entity], value === true ? NO_CONTACT : '']];
        // A contact belongs to an account, by its number.
        if (key === 'company' && entity === 'Contact')
          return [['AccountID', typeof value === 'string' ? state.accountNamed(value).values['AccountID'] : '']];
        const name = KEYS[entity][key] ?? (state.properties[entity].has(key) ? key : null);
        return name === null ? [] : [[name, key === 'country' ? toCode(value) : value]];
      }),
    );
  const isObsolete = (entity: EntityName, row: StoredEntity): boolean =>
    entity !== 'Lead' && row.values[STATUS[entity]] === OBSOLETE;
  const present = (entity: EntityName, row: StoredEntity): EmulatedRecord => ({
    id: recordId(entity, row.ObjectID),
    kind: entity === 'Lead' ? 'lead' : 'contact',
    fields: {
      ...Object.fromEntries(
        Object.entries(KEYS[entity]).map(([key, name]) => {
          const value = state.valueOf(entity, row, name);
          // Stored as the API took them: texts and yes/no; empty text is no value.
          return [
            key,
            (value === '' || value === undefined ? null : key === 'country' ? toName(value) : value) as Value,
          ];
        }),
      ),
      opt_out: row.values[PERMISSION[entity]] === NO_CONTACT,
    },
    raw: row.values,
    deleted: isObsolete(entity, row),
    modifiedAt: row.changedAt,
  });
  const all = (): EmulatedRecord[] =>
    ENTITIES.flatMap((entity) =>
      [...state.sets[entity].values()]
        .filter((row) => !isObsolete(entity, row) && row.values['LifeCycleStatusCode'] !== '6')
        .map((row) => present(entity, row)),
    );
  return {
    crm: 'SAP Cloud for Customer',
    seed: (people, kind) => {
      const entity = kind === 'lead' ? 'Lead' : 'Contact';
      return people.map((person) =>
        recordId(
          entity,
          state.create(entity, { ...(entity === 'Lead' ? { Name: 'Topic' } : {}), ...raw(entity, person) }).ObjectID,
        ),
      );
    },
    edit: (id, fields) => state.set(must(id), raw(entityAt(id), fields)),
    // A lead just vanishes; a contact becomes obsolete.
    remove: (id) => {
      const entity = entityAt(id);
      if (entity === 'Lead') state.sets.Lead.delete(id);
      else state.set(must(id), { [STATUS[entity]]: OBSOLETE });
    },
    merge: (loser, winner) => {
      const entity = entityAt(loser);
      if (entity === 'Lead') state.sets.Lead.delete(loser);
      else state.set(must(loser), { [STATUS[entity]]: OBSOLETE });
      state.set(must(winner), {});
      return winner;
    },
    convert: (id) => {
      const { entity, row } = state.convert(must(id));
      return recordId(entity, row.ObjectID);
    },
    get: (id) => {
      const row = find(id);
      return row === undefined ? undefined : present(entityAt(id), row);
    },
    find: (words, limit) => {
      const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
      const matches = (record: EmulatedRecord): boolean => {
        const text = ['email', 'first_name', 'last_name', 'company']
          .map((key) => String(record.fields[key] ?? ''))
          .join(' ')
          .toLowerCase();
        return wanted.every((word) => text.includes(word));
      };
      return all().reverse().filter(matches).slice(0, limit);
    },
    all,
    companies: {
      add: (name) => String(state.create('CorporateAccount', { Name: name }).values['AccountID']),
      rename: (id, name) => state.set(accountAt(id), { Name: name }),
      // What people do with an account that is no more.
      remove: (id) => state.set(accountAt(id), { LifeCycleStatusCode: OBSOLETE }),
      all: () =>
        [...state.sets.CorporateAccount.values()]
          .filter((row) => row.values['LifeCycleStatusCode'] !== OBSOLETE)
          .map((row) => ({ id: String(row.values['AccountID']), name: String(row.values['Name']) })),
      of: (id) => {
        const number = must(id).values['AccountID'];
        return number === undefined || number === '' ? null : String(number);
      },
    },
    // Nobody brings a deleted lead back.
    deletion: { protect: (id) => void state.undeletable.add(objectId(id)), bin: () => [], restore: () => false },
    count: (kind) => all().filter((record) => record.kind === kind).length,
  };
}
