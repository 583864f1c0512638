import { Hono } from 'hono';
import type { Value } from '../../../core/model.ts';
import type { Clock } from '../../../platform/clock.ts';
import { createEmulator, type EmulatedRecord, type EmulatedWorld, type Emulator } from '../../kit/testing/emulator.ts';
import { type EmulatedOAuth, OAuthServer } from '../../kit/testing/oauth-server.ts';
import type { ObjectName } from '../codec.ts';
import { salesforceSignIn } from './oauth.ts';
import { salesforceApi } from './routes.ts';
import { REP_ID, type Row, SalesforceState } from './state.ts';
import { SalesforceStreaming } from './streaming.ts';

const COMMON: Readonly<Record<string, string>> = {
  email: 'Email',
  first_name: 'FirstName',
  last_name: 'LastName',
  job_title: 'Title',
  phone: 'Phone',
  mobile: 'MobilePhone',
  sync: 'Sync_To_Tandem__c',
};
const KEYS: Readonly<Record<ObjectName, Readonly<Record<string, string>>>> = {
  Lead: {
    ...COMMON,
    company: 'Company',
    street: 'Street',
    city: 'City',
    postal_code: 'PostalCode',
    state: 'State',
    country: 'Country',
    website: 'Website',
  },
  Contact: {
    ...COMMON,
    street: 'MailingStreet',
    city: 'MailingCity',
    postal_code: 'MailingPostalCode',
    state: 'MailingState',
    country: 'MailingCountry',
  },
};

export interface SalesforceEmulatorOptions {
  readonly clock: Clock;
  /** Tandem's own fields are there, as an administrator would have made them. Default true. */
  readonly prepared?: boolean;
  /** Where it is reached; in process any address will do. */
  readonly url?: () => string;
}

export interface SalesforceEmulator extends Emulator {
  readonly state: SalesforceState;
  readonly streaming: SalesforceStreaming;
  readonly credentials: {
    readonly method: 'client-credentials';
    readonly clientId: string;
    readonly clientSecret: string;
  };
  readonly oauth: EmulatedOAuth;
  /** The public key that goes with the app, for `jwt`. */
  readonly registerKey: (pem: string) => void;
  /** The one audience that the org takes, for `jwt`. */
  readonly expectAudience: (audience: string) => void;
  /** The integration user is deactivated, in one of the vendor's two ways of saying so. */
  readonly deactivate: (words: 'inactive_user' | 'invalid_grant') => void;
}

/** A stateful Salesforce in memory. */
export function createSalesforceEmulator(options: SalesforceEmulatorOptions): SalesforceEmulator {
  const state = new SalesforceState(options.clock, options.prepared !== false);
  const url = options.url ?? (() => 'https://emulated.my.salesforce.test');
  const signIn = salesforceSignIn({ clock: options.clock, url });
  const oauth = new OAuthServer(signIn.dialect, options.clock);
  const accepts = (token: string | undefined): boolean => oauth.accepts(token);
  const streaming = new SalesforceStreaming(options.clock, (header) =>
    accepts(header?.replace(/^(Bearer|OAuth) /, '')),
  );
  state.onChange = (change) => streaming.say(change);
  const api = new Hono();
  // What the API does is told as ours.
  api.use('/services/*', (_c, next) => streaming.overApi(next));
  api.route('/', streaming.app);
  api.route('/', salesforceApi(state, accepts));
  // No 429 and no Retry-After here: the limit is a 403 (BEHAVIOR.md, "Limits").
  const throttled = (): Response =>
    Response.json([{ message: 'Unable to lock row', errorCode: 'SERVER_UNAVAILABLE' }], { status: 503 });
  const expired = (): Response =>
    Response.json([{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }], { status: 401 });
  const emulator = createEmulator({ world: worldOf(state), api, clock: options.clock, throttled, expired, oauth });
  return {
    ...emulator,
    oauth,
    state,
    streaming,
    registerKey: (pem) => signIn.registerKey(pem),
    expectAudience: (audience) => signIn.expectAudience(audience),
    deactivate: (words) => {
      signIn.deactivate(words);
      oauth.expire();
    },
    credentials: { method: 'client-credentials', clientId: 'emulated-client', clientSecret: 'emulated-secret' },
  };
}

function worldOf(state: SalesforceState): EmulatedWorld {
  const must = (id: string): Row => {
    const row = state.rows.get(id);
    if (row === undefined) throw new Error(`emulated Salesforce has no record ${id}`);
    return row;
  };
  const toRaw = (object: ObjectName, fields: Readonly<Record<string, Value>>): Record<string, unknown> => ({
    // A contact belongs to the account of that name.
    ...(object === 'Contact' && fields['company'] !== undefined
      ? { AccountId: fields['company'] ? state.accountOf(String(fields['company'])).Id : null }
      : {}),
    ...Object.fromEntries(
      Object.entries(fields).flatMap(([key, value]) => {
        const name = KEYS[object][key] ?? key;
        return state.fields[object].has(name) ? [[name, value]] : [];
      }),
    ),
  });
  const kindOfRow = (id: string): ObjectName => (state.objectOf(id) === 'Contact' ? 'Contact' : 'Lead');
  const companyOf = (row: Row): Row | undefined => state.rows.get(String(row['AccountId']));
  const present = (row: Row): EmulatedRecord => {
    const object = kindOfRow(row.Id);
    const company = object === 'Contact' ? { company: (companyOf(row)?.['Name'] ?? null) as Value } : {};
    return {
      id: row.Id,
      kind: object === 'Contact' ? 'contact' : 'lead',
      fields: {
        ...Object.fromEntries(Object.entries(KEYS[object]).map(([key, name]) => [key, (row[name] ?? null) as Value])),
        ...company,
      },
      raw: row,
      deleted: row.IsDeleted,
      modifiedAt: Date.parse(row.SystemModstamp.replace('+0000', 'Z')),
    };
  };
  const alive = (object: ObjectName): Row[] =>
    state.objects[object].filter((row) => !row.IsDeleted && row['IsConverted'] !== true);
  return {
    crm: 'Salesforce',
    seed: (people, kind) => {
      const object: ObjectName = kind === 'contact' ? 'Contact' : 'Lead';
      return people.map((person) => {
        const raw = toRaw(object, person);
        const names = {
          LastName: raw['LastName'] ?? person.email ?? 'Unknown',
          ...(object === 'Lead' ? { Company: raw['Company'] ?? '[not provided]' } : {}),
        };
        return state.create(object, { ...raw, ...names }, REP_ID).Id;
      });
    },
    edit: (id, fields) => {
      const row = must(id);
      const object = kindOfRow(id);
      state.set(object, row, toRaw(object, fields), REP_ID);
    },
    remove: (id) => state.remove(must(id)),
    merge: (loser, winner) => {
      state.merge(must(loser), must(winner));
      return winner;
    },
    convert: (id) => state.convert(must(id)).Id,
    get: (id) => {
      const row = state.rows.get(id);
      return row === undefined ? undefined : present(row);
    },
    find: (words, limit) => {
      const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
      const found: EmulatedRecord[] = [];
      for (const row of [...alive('Contact'), ...alive('Lead')].reverse()) {
        const text =
          `${String(row['Name'])} ${String(row['Email'] ?? '')} ${String(row['Company'] ?? '')}`.toLowerCase();
        if (wanted.every((word) => text.includes(word))) found.push(present(row));
        if (found.length >= limit) break;
      }
      return found;
    },
    all: () => [...alive('Lead'), ...alive('Contact')].map(present),
    timeline: state.timeline,
    companies: {
      add: (name) => state.create('Account', { Name: name }, REP_ID).Id,
      rename: (id, name) => state.set('Account', must(id), { Name: name }, REP_ID),
      remove: (id) => state.remove(must(id)),
      all: () =>
        state.objects.Account.filter((row) => !row.IsDeleted).map((row) => ({ id: row.Id, name: String(row['Name']) })),
      of: (id) => companyOf(must(id))?.Id ?? null,
    },
    deletion: {
      protect: (id) => void state.cases.set(must(id).Id, '00001026'),
      bin: () =>
        [...state.objects.Lead, ...state.objects.Contact]
          .filter((row) => row.IsDeleted && (row['MasterRecordId'] ?? null) === null)
          .sort((a, b) => (a.SystemModstamp < b.SystemModstamp ? 1 : -1))
          .map(present),
      restore: (id) => state.restore(must(id)),
    },
    count: (kind) => alive(kind === 'contact' ? 'Contact' : 'Lead').length,
  };
}
