import type { Value } from '../../../core/model.ts';
import type { Clock } from '../../../platform/clock.ts';
import { createEmulator, type EmulatedRecord, type EmulatedWorld, type Emulator } from '../../kit/testing/emulator.ts';
import type { EmulatedHooks } from '../../kit/testing/hook-sender.ts';
import { type EmulatedOAuth, OAuthServer } from '../../kit/testing/oauth-server.ts';
import type { ModuleName } from '../client.ts';
import { ZohoNotifications } from './hooks.ts';
import { SELF_CLIENT, zohoOAuth } from './oauth.ts';
import { zohoApi } from './routes.ts';
import { type StoredRow, ZohoState } from './state.ts';

export interface ZohoEmulatorOptions {
  readonly clock: Clock;
  /** Its own address, which token answers name. */
  readonly url?: () => string;
  /** The sign-in server that its callback names. Default: its own address. */
  readonly accounts?: () => string;
  /** Make Tandem's own fields at once, as an administrator would. Default true. */
  readonly prepared?: boolean;
}

export interface ZohoEmulator extends Emulator {
  readonly state: ZohoState;
  readonly credentials: {
    readonly method: 'self-client';
    readonly clientId: string;
    readonly clientSecret: string;
    readonly refreshToken: string;
  };
  readonly oauth: EmulatedOAuth;
  readonly hooks: EmulatedHooks;
  readonly notifications: ZohoNotifications;
}

const KEYS: Readonly<Record<ModuleName, Readonly<Record<string, string>>>> = {
  Leads: {
    email: 'Email',
    first_name: 'First_Name',
    last_name: 'Last_Name',
    company: 'Company',
    job_title: 'Designation',
    phone: 'Phone',
    mobile: 'Mobile',
    street: 'Street',
    city: 'City',
    postal_code: 'Zip_Code',
    state: 'State',
    country: 'Country',
    website: 'Website',
    opt_out: 'Email_Opt_Out',
    sync: 'Sync_to_Tandem',
  },
  Contacts: {
    email: 'Email',
    first_name: 'First_Name',
    last_name: 'Last_Name',
    company: 'Account_Name',
    job_title: 'Title',
    phone: 'Phone',
    mobile: 'Mobile',
    street: 'Mailing_Street',
    city: 'Mailing_City',
    postal_code: 'Mailing_Zip',
    state: 'Mailing_State',
    country: 'Mailing_Country',
    opt_out: 'Email_Opt_Out',
    sync: 'Sync_to_Tandem',
  },
};

/** A stateful Zoho CRM in memory. */
export function createZohoEmulator(options: ZohoEmulatorOptions): ZohoEmulator {
  const state = new ZohoState(options.clock, options.prepared !== false);
  const url = options.url ?? (() => 'https://www.zohoapis.test');
  const notifications = new ZohoNotifications(options.clock);
  state.onEvent = (event) => notifications.say(event);
  const oauth = new OAuthServer(zohoOAuth(url, options.accounts ?? url), options.clock);
  const emulator = createEmulator({
    world: worldOf(state),
    api: zohoApi(state, (token) => oauth.accepts(token), notifications),
    oauth,
    hooks: notifications.sender,
    clock: options.clock,
    throttled: () =>
      Response.json(
        { code: 'TOO_MANY_REQUESTS', details: {}, message: 'You have reached max concurrency limit', status: 'error' },
        { status: 429 },
      ),
    expired: () =>
      Response.json(
        { code: 'INVALID_TOKEN', details: {}, message: 'invalid oauth token', status: 'error' },
        { status: 401 },
      ),
  });
  return {
    ...emulator,
    oauth,
    hooks: notifications.sender,
    notifications,
    state,
    credentials: {
      method: 'self-client',
      clientId: SELF_CLIENT.clientId,
      clientSecret: SELF_CLIENT.clientSecret,
      refreshToken: SELF_CLIENT.refreshToken,
    },
  };
}

function worldOf(state: ZohoState): EmulatedWorld {
  const moduleOf = (id: string): ModuleName => (state.rows.Leads.has(id) ? 'Leads' : 'Contacts');
  const find = (id: string): StoredRow | undefined => state.rows.Leads.get(id) ?? state.rows.Contacts.get(id);
  const must = (id: string): StoredRow => {
    const row = find(id);
    if (row === undefined) throw new Error(`emulated Zoho has no record ${id}`);
    return row;
  };
  const raw = (module: ModuleName, fields: Readonly<Record<string, Value>>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(fields).map(([key, value]) => [KEYS[module][key] ?? key, value]));
  const present = (row: StoredRow): EmulatedRecord => {
    const module = moduleOf(row.id);
    const value = (name: string): Value => {
      const stored = row.values[name];
      if (typeof stored === 'object' && stored !== null && 'name' in stored) return String(stored.name);
      // Rows hold what the API took: texts, numbers, yes/no.
      return (stored ?? null) as Value;
    };
    return {
      id: row.id,
      kind: module === 'Leads' ? 'lead' : 'contact',
      fields: Object.fromEntries(Object.entries(KEYS[module]).map(([key, name]) => [key, value(name)])),
      raw: row.values,
      deleted: row.deletedAt !== null,
      modifiedAt: row.modifiedAt,
    };
  };
  const alive = (module: ModuleName): StoredRow[] =>
    [...state.rows[module].values()].filter((row) => row.deletedAt === null && row.convertedTo === null);
  const all = (): StoredRow[] => [...alive('Leads'), ...alive('Contacts')];
  return {
    crm: 'Zoho CRM',
    seed: (people, kind) => {
      const module = kind === 'lead' ? 'Leads' : 'Contacts';
      return people.map((person) => state.create(module, raw(module, person)).id);
    },
    edit: (id, fields) => state.set(moduleOf(id), must(id), raw(moduleOf(id), fields)),
    remove: (id) => state.remove(must(id)),
    merge: (loser, winner) => {
      state.remove(must(loser));
      state.timeline.move(loser, winner);
      state.set(moduleOf(winner), must(winner), {});
      return winner;
    },
    convert: (id) => state.convert(must(id)).id,
    get: (id) => {
      const row = find(id);
      return row === undefined ? undefined : present(row);
    },
    find: (words, limit) => {
      const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
      const matches = (row: StoredRow): boolean => {
        const text = ['Email', 'First_Name', 'Last_Name', 'Company']
          .map((name) => String(row.values[name] ?? ''))
          .join(' ')
          .toLowerCase();
        return wanted.every((word) => text.includes(word));
      };
      return all().reverse().filter(matches).slice(0, limit).map(present);
    },
    all: () => all().map(present),
    timeline: state.timeline,
    companies: {
      add: (name) => state.createAccount(name).id,
      rename: (id, name) => state.renameAccount(id, name),
      remove: (id) => state.removeAccount(id),
      all: () => [...state.accounts.values()].map(({ id, name }) => ({ id, name })),
      of: (id) => {
        const account = must(id).values['Account_Name'];
        return typeof account === 'object' && account !== null && 'id' in account ? String(account.id) : null;
      },
    },
    deletion: {
      protect: (id) => void state.undeletable.set(must(id).id, ['CANNOT_DELETE', 'record not deletable']),
      bin: () =>
        [...state.rows.Leads.values(), ...state.rows.Contacts.values()]
          .filter((row) => state.isInBin(row))
          .sort((a, b) => (b.deletedAt ?? 0) - (a.deletedAt ?? 0))
          .map(present),
      restore: (id) => state.restore(must(id)),
    },
    count: (kind) => alive(kind === 'lead' ? 'Leads' : 'Contacts').length,
  };
}
