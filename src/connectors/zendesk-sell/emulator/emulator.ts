import type { Value } from '../../../core/model.ts';
import type { Clock } from '../../../platform/clock.ts';
import { createEmulator, type EmulatedRecord, type EmulatedWorld, type Emulator } from '../../kit/testing/emulator.ts';
import { type EmulatedOAuth, OAuthServer } from '../../kit/testing/oauth-server.ts';
import type { Resource } from '../client.ts';
import { vendorId } from '../codec.ts';
import { sellOAuth } from './oauth.ts';
import { sellApi } from './routes.ts';
import { idOf, SellState, type StoredObject } from './state.ts';

export interface SellEmulatorOptions {
  readonly clock: Clock;
  /** Make Tandem's own fields at once, as an administrator would. Default true. */
  readonly prepared?: boolean;
  /** How late the search is, in seconds behind at the vendor's. Default 0. */
  readonly indexLagMs?: number;
}

export interface SellEmulator extends Emulator {
  readonly state: SellState;
  readonly credentials: { readonly method: 'token'; readonly accessToken: string };
  readonly oauth: EmulatedOAuth;
}

const KEYS: Readonly<Record<string, string>> = {
  email: 'email',
  first_name: 'first_name',
  last_name: 'last_name',
  company: 'organization_name',
  job_title: 'title',
  phone: 'phone',
  mobile: 'mobile',
  website: 'website',
};
const ADDRESS: Readonly<Record<string, string>> = {
  street: 'line1',
  city: 'city',
  postal_code: 'postal_code',
  state: 'state',
  country: 'country',
};

/** A stateful Zendesk Sell in memory. */
export function createSellEmulator(options: SellEmulatorOptions): SellEmulator {
  const state = new SellState(options.clock, options.prepared !== false);
  state.indexLagMs = options.indexLagMs ?? 0;
  const token = 'a1'.repeat(32);
  const oauth = new OAuthServer(sellOAuth, options.clock);
  const refusal = (code: string, status: number): Response =>
    Response.json({ errors: [{ error: { code }, meta: { type: 'error' } }], meta: { type: 'errors' } }, { status });
  const emulator = createEmulator({
    world: worldOf(state),
    api: sellApi(state, (given) => given === token || oauth.accepts(given)),
    oauth,
    clock: options.clock,
    // Sometimes without a body, always without Retry-After.
    throttled: () => new Response(null, { status: 429 }),
    expired: () => refusal('unauthorized', 401),
  });
  return { ...emulator, oauth, state, credentials: { method: 'token', accessToken: token } };
}

function worldOf(state: SellState): EmulatedWorld {
  const resourceOf = (id: string): Resource => (id.startsWith('contact-') ? 'contacts' : 'leads');
  const find = (id: string): StoredObject | undefined => state.objects[resourceOf(id)].get(vendorId(id));
  const must = (id: string): StoredObject => {
    const object = find(id);
    if (object === undefined) throw new Error(`emulated Sell has no record ${id}`);
    return object;
  };
  const raw = (
    resource: Resource,
    fields: Readonly<Record<string, Value>>,
    before?: StoredObject,
  ): Record<string, unknown> => {
    const address: Record<string, unknown> = {};
    const values: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(fields)) {
      const part = ADDRESS[key];
      if (part !== undefined) address[part] = value;
      // A person names its company by the company's own record.
      else if (key === 'company' && resource === 'contacts')
        values['contact_id'] = typeof value === 'string' ? state.companyNamed(value).id : null;
      else if (key === 'sync') values['custom_fields'] = { 'Sync to Tandem': value };
      else values[KEYS[key] ?? key] = value;
    }
    const present = before?.values['address'];
    if (Object.keys(address).length > 0)
      values['address'] = { ...(typeof present === 'object' ? present : {}), ...address };
    return values;
  };
  const companyOf = (object: StoredObject): Value => {
    const company = state.objects.contacts.get(Number(object.values['contact_id'] ?? 0));
    return company === undefined || company.deleted ? null : String(company.values['name']);
  };
  const present = (resource: Resource, object: StoredObject): EmulatedRecord => {
    // Stored as the API took them.
    const value = (key: string): Value => (object.values[key] ?? null) as Value;
    const address = (object.values['address'] ?? {}) as Record<string, Value>;
    return {
      id: idOf(resource, object),
      kind: resource === 'leads' ? 'lead' : 'contact',
      fields: {
        ...Object.fromEntries(Object.entries(KEYS).map(([key, name]) => [key, value(name)])),
        ...Object.fromEntries(Object.entries(ADDRESS).map(([key, part]) => [key, address[part] ?? null])),
        ...(resource === 'contacts' ? { company: companyOf(object) } : {}),
        sync: object.custom['Sync to Tandem'] === true,
      },
      raw: object.values,
      deleted: object.deleted,
      modifiedAt: object.updatedAt,
    };
  };
  const alive = (resource: Resource): StoredObject[] =>
    [...state.objects[resource].values()].filter(
      (object) => !object.deleted && object.values['is_organization'] !== true,
    );
  const all = (): EmulatedRecord[] =>
    (['leads', 'contacts'] as const).flatMap((resource) => alive(resource).map((object) => present(resource, object)));
  return {
    crm: 'Zendesk Sell',
    seed: (people, kind) => {
      const resource = kind === 'lead' ? 'leads' : 'contacts';
      return people.map((person) => idOf(resource, state.create(resource, raw(resource, person))));
    },
    edit: (id, fields) => state.set(must(id), raw(resourceOf(id), fields, must(id))),
    remove: (id) => state.remove(must(id)),
    merge: (loser, winner) => {
      state.remove(must(loser));
      state.timeline.move(loser, winner);
      state.set(must(winner), {});
      return winner;
    },
    convert: (id) => {
      const contact = idOf('contacts', state.convert(must(id)));
      state.timeline.move(id, contact);
      return contact;
    },
    get: (id) => {
      const object = find(id);
      return object === undefined ? undefined : present(resourceOf(id), object);
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
    timeline: state.timeline,
    companies: {
      add: (name) => String(state.create('contacts', { name, is_organization: true }).id),
      rename: (id, name) => state.set(must(`contact-${id}`), { name }),
      remove: (id) => state.remove(must(`contact-${id}`)),
      all: () => state.companies().map((one) => ({ id: String(one.id), name: String(one.values['name']) })),
      of: (id) => {
        const company = state.objects.contacts.get(Number(must(id).values['contact_id'] ?? 0));
        return company === undefined || company.deleted ? null : String(company.id);
      },
    },
    // Nobody brings a deleted record back.
    deletion: { protect: (id) => void state.undeletable.add(id), bin: () => [], restore: () => false },
    count: (kind) => alive(kind === 'lead' ? 'leads' : 'contacts').length,
  };
}
