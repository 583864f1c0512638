import type { Value } from '../../../core/model.ts';
import type { Clock } from '../../../platform/clock.ts';
import { createEmulator, type EmulatedRecord, type EmulatedWorld, type Emulator } from '../../kit/testing/emulator.ts';
import type { EmulatedHooks } from '../../kit/testing/hook-sender.ts';
import { type EmulatedOAuth, OAuthServer } from '../../kit/testing/oauth-server.ts';
import { encodeValue } from '../codec.ts';
import { problem } from './answers.ts';
import { HubSpotWebhooks } from './hooks.ts';
import { hubSpotOAuth } from './oauth.ts';
import { hubSpotApi } from './routes.ts';
import { HubSpotState, type StoredContact } from './state.ts';

const KEYS: Readonly<Record<string, string>> = {
  email: 'email',
  first_name: 'firstname',
  last_name: 'lastname',
  company: 'company',
  job_title: 'jobtitle',
  phone: 'phone',
  mobile: 'mobilephone',
  street: 'address',
  city: 'city',
  postal_code: 'zip',
  state: 'state',
  country: 'country',
  website: 'website',
  sync: 'sync_to_tandem',
};
const LEADS = new Set(['', 'subscriber', 'lead', 'marketingqualifiedlead', 'salesqualifiedlead']);

export interface HubSpotEmulatorOptions {
  readonly clock: Clock;
  /** Default 0; the vendor's is some seconds. */
  readonly indexLagMs?: number;
  /** Make Tandem's own properties at once, as an administrator would. Default true. */
  readonly prepared?: boolean;
}

export interface HubSpotEmulator extends Emulator {
  readonly state: HubSpotState;
  readonly token: string;
  readonly oauth: EmulatedOAuth;
  readonly hooks: EmulatedHooks;
  readonly webhooks: HubSpotWebhooks;
}

/** A stateful HubSpot in memory. */
export function createHubSpotEmulator(options: HubSpotEmulatorOptions): HubSpotEmulator {
  const state = new HubSpotState(options.clock, options.indexLagMs ?? 0);
  if (options.prepared !== false) {
    for (const name of ['tandem_url', 'tandem_status', 'tandem_source'])
      state.properties.set(name, { name, label: name, type: 'string', fieldType: 'text', hubspotDefined: false });
    state.properties.set('tandem_score', {
      name: 'tandem_score',
      label: 'Tandem score',
      type: 'number',
      fieldType: 'number',
      hubspotDefined: false,
    });
    state.properties.set('sync_to_tandem', {
      name: 'sync_to_tandem',
      label: 'Sync to Tandem',
      type: 'bool',
      fieldType: 'booleancheckbox',
      hubspotDefined: false,
      options: [
        { label: 'Yes', value: 'true' },
        { label: 'No', value: 'false' },
      ],
    });
  }
  const token = 'pat-eu1-emulated';
  const webhooks = new HubSpotWebhooks(options.clock);
  state.onEvent = (event) => webhooks.say(event);
  const oauth = new OAuthServer(hubSpotOAuth, options.clock);
  const throttled = (): Response =>
    Response.json(
      {
        ...problem('RATE_LIMITS', 'You have reached your ten_secondly_rolling limit.'),
        errorType: 'RATE_LIMIT',
        policyName: 'TEN_SECONDLY_ROLLING',
      },
      { status: 429 },
    );
  const emulator = createEmulator({
    world: worldOf(state),
    api: hubSpotApi(state, (one) => one === token || oauth.accepts(one), webhooks),
    oauth,
    hooks: webhooks.sender,
    clock: options.clock,
    throttled,
    expired: () =>
      Response.json(problem('EXPIRED_AUTHENTICATION', 'The OAuth token used to make this call expired.'), {
        status: 401,
      }),
  });
  return { ...emulator, oauth, hooks: webhooks.sender, webhooks, state, token };
}

function worldOf(state: HubSpotState): EmulatedWorld {
  const must = (id: string): StoredContact => {
    const contact = state.follow(id);
    if (contact === undefined) throw new Error(`emulated HubSpot has no contact ${id}`);
    return contact;
  };
  const toRaw = (fields: Readonly<Record<string, Value>>): Record<string, string | null> =>
    Object.fromEntries(
      Object.entries(fields).map(([key, value]) => [KEYS[key] ?? key, value === null ? null : encodeValue(value)]),
    );
  const present = (contact: StoredContact): EmulatedRecord => ({
    id: contact.id,
    kind: LEADS.has(contact.properties['lifecyclestage'] ?? '') ? 'lead' : 'contact',
    fields: Object.fromEntries(
      Object.entries(KEYS).map(([key, name]) => [
        key,
        key === 'sync' ? contact.properties[name] === 'true' : (contact.properties[name] ?? null),
      ]),
    ),
    raw: contact.properties,
    deleted: contact.archivedAt !== null,
    modifiedAt: contact.updatedAt,
  });
  const alive = (): StoredContact[] => state.inOrder.filter((contact) => contact.archivedAt === null);
  return {
    crm: 'HubSpot',
    seed: (people, kind) =>
      people.map(
        (person) => state.create({ lifecyclestage: kind === 'lead' ? 'lead' : 'customer', ...toRaw(person) }).id,
      ),
    edit: (id, fields) => state.set(must(id), toRaw(fields)),
    remove: (id) => state.archive(must(id)),
    merge: (loser, winner) => state.merge(must(loser), must(winner)).id,
    convert: (id) => {
      state.set(must(id), { lifecyclestage: 'customer' });
      return id;
    },
    get: (id) => {
      const contact = state.contacts.get(id);
      return contact === undefined ? undefined : present(contact);
    },
    find: (words, limit) => {
      const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
      const found: EmulatedRecord[] = [];
      for (const contact of alive().reverse()) {
        const text = ['email', 'firstname', 'lastname', 'company']
          .map((name) => contact.properties[name] ?? '')
          .join(' ')
          .toLowerCase();
        if (wanted.every((word) => text.includes(word))) found.push(present(contact));
        if (found.length >= limit) break;
      }
      return found;
    },
    all: () => alive().map(present),
    timeline: state.timeline,
    companies: {
      add: (name) => state.createCompany(name).id,
      rename: (id, name) => {
        const company = state.companies.get(id);
        if (company !== undefined) company.name = name;
      },
      remove: (id) => state.removeCompany(id),
      all: () => [...state.companies.values()].map(({ id, name }) => ({ id, name })),
      of: (id) => must(id).properties['associatedcompanyid'] ?? null,
    },
    deletion: {
      protect: (id) => void state.kept.add(id),
      bin: () =>
        state.inOrder
          .filter((contact) => contact.archivedAt !== null && contact.mergedInto === null)
          .sort((a, b) => (b.archivedAt ?? 0) - (a.archivedAt ?? 0))
          .map(present),
      restore: (id) => {
        const contact = state.contacts.get(id);
        return contact !== undefined && state.restore(contact);
      },
    },
    count: (kind) => alive().filter((contact) => present(contact).kind === kind).length,
  };
}
