import type { Value } from '../../../core/model.ts';
import type { Clock } from '../../../platform/clock.ts';
import { createEmulator, type EmulatedRecord, type EmulatedWorld, type Emulator } from '../../kit/testing/emulator.ts';
import type { EmulatedHooks } from '../../kit/testing/hook-sender.ts';
import { type EmulatedOAuth, OAuthServer } from '../../kit/testing/oauth-server.ts';
import { joinName, splitName, withEntry } from '../codec.ts';
import { PipedriveWebhooks } from './hooks.ts';
import { pipedriveOAuth } from './oauth.ts';
import { COMPANY_ID, pipedriveApi } from './routes.ts';
import { hashOf, PipedriveState, type StoredPerson } from './state.ts';

export interface PipedriveEmulatorOptions {
  readonly clock: Clock;
  /** Make Tandem's own fields at once, as an administrator would. Default true. */
  readonly prepared?: boolean;
  /** How late the search index is. Default 0; the vendor's lags a little. */
  readonly indexLagMs?: number;
  /** Where it is reached; in process any address will do. */
  readonly url?: () => string;
}

export interface PipedriveEmulator extends Emulator {
  readonly state: PipedriveState;
  readonly credentials: { readonly method: 'token'; readonly apiToken: string };
  readonly oauth: EmulatedOAuth;
  readonly hooks: EmulatedHooks;
  readonly webhooks: PipedriveWebhooks;
}

/** Hub field names that this account keeps in fields of its own. */
const CUSTOM: Readonly<Record<string, string>> = {
  city: hashOf('City'),
  country: hashOf('Country'),
  sync: hashOf('Sync to Tandem'),
};

/** A stateful Pipedrive in memory. */
export function createPipedriveEmulator(options: PipedriveEmulatorOptions): PipedriveEmulator {
  const state = new PipedriveState(options.clock, options.prepared !== false);
  state.indexLagMs = options.indexLagMs ?? 0;
  const token = 'e'.repeat(40);
  const webhooks = new PipedriveWebhooks(options.clock, COMPANY_ID);
  state.onEvent = (event) => webhooks.say(event);
  const oauth = new OAuthServer(pipedriveOAuth(options.url ?? (() => 'https://emulated.pipedrive.com')), options.clock);
  const emulator = createEmulator({
    world: worldOf(state),
    api: pipedriveApi(state, (given) => given.apiToken === token || oauth.accepts(given.bearer), webhooks),
    oauth,
    hooks: webhooks.sender,
    clock: options.clock,
    throttled: () =>
      Response.json(
        { success: false, error: 'request over limit', code: 'ERR_RATE_LIMIT' },
        { status: 429, headers: { 'x-ratelimit-reset': '1' } },
      ),
    expired: () =>
      Response.json(
        {
          success: false,
          error: 'unauthorized access',
          errorCode: 401,
          error_info: 'Please check developers.pipedrive.com',
        },
        { status: 401 },
      ),
  });
  return {
    ...emulator,
    oauth,
    hooks: webhooks.sender,
    webhooks,
    state,
    credentials: { method: 'token', apiToken: token },
  };
}

function worldOf(state: PipedriveState): EmulatedWorld {
  const must = (id: string): StoredPerson => {
    const person = state.persons.get(Number(id));
    if (person === undefined) throw new Error(`emulated Pipedrive has no person ${id}`);
    return person;
  };
  const alive = (): StoredPerson[] => [...state.persons.values()].filter((person) => person.deletedAt === null);
  const present = (person: StoredPerson): EmulatedRecord => {
    const { first, last } = splitName(person);
    const fields: Record<string, Value> = {
      email: person.emails[0]?.value ?? null,
      first_name: first,
      last_name: last,
      phone: person.phones[0]?.value ?? null,
      company: person.org_id === null ? null : (state.organizations.get(person.org_id) ?? null),
      job_title: person.job_title,
    };
    for (const [key, code] of Object.entries(CUSTOM)) {
      const value = person.custom[code];
      fields[key] = typeof value === 'string' ? value : null;
    }
    return {
      id: String(person.id),
      kind: 'person',
      fields,
      raw: person.custom,
      deleted: person.deletedAt !== null,
      modifiedAt: person.updatedAt,
    };
  };
  return {
    crm: 'Pipedrive',
    seed: (people) => people.map((person) => String(state.create(valuesOf(state, person)).id)),
    edit: (id, fields) => state.set(must(id), valuesOf(state, fields, must(id))),
    remove: (id) => state.remove(must(id)),
    merge: (loser, winner) => {
      state.merge(must(loser), must(winner));
      return winner;
    },
    // A conversion makes a deal; the person stays as it is.
    convert: (id) => id,
    get: (id) => {
      const person = state.persons.get(Number(id));
      return person === undefined ? undefined : present(person);
    },
    find: (words, limit) => {
      const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
      const matches = (person: StoredPerson): boolean => {
        const text = `${person.name} ${person.emails.map((one) => one.value).join(' ')}`.toLowerCase();
        return wanted.every((word) => text.includes(word));
      };
      return alive().reverse().filter(matches).slice(0, limit).map(present);
    },
    all: () => alive().map(present),
    timeline: state.timeline,
    companies: {
      add: (name) => String(state.createOrganization(name)),
      rename: (id, name) => state.renameOrganization(Number(id), name),
      remove: (id) => state.removeOrganization(Number(id)),
      all: () => [...state.organizations].map(([id, name]) => ({ id: String(id), name })),
      of: (id) => {
        const organization = must(id).org_id;
        return organization === null || !state.organizations.has(organization) ? null : String(organization);
      },
    },
    deletion: {
      protect: (id) => void state.kept.add(Number(id)),
      bin: () =>
        [...state.persons.values()]
          .filter((person) => person.deletedAt !== null && state.isInSight(person))
          .sort((a, b) => (b.deletedAt ?? 0) - (a.deletedAt ?? 0))
          .map(present),
      restore: (id) => {
        const person = state.persons.get(Number(id));
        return person !== undefined && state.restore(person);
      },
    },
    count: (kind) => (kind === 'lead' ? alive().length : 0),
  };
}

/** Hub names as a rep would fill them in. */
function valuesOf(
  state: PipedriveState,
  fields: Readonly<Record<string, Value>>,
  before?: StoredPerson,
): Partial<StoredPerson> {
  const values: Partial<StoredPerson> = {};
  const parts = before === undefined ? { first: null, last: null } : splitName(before);
  if (fields['first_name'] !== undefined || fields['last_name'] !== undefined)
    values.name = joinName(
      String(fields['first_name'] ?? parts.first ?? ''),
      String(fields['last_name'] ?? parts.last ?? ''),
    );
  if (fields['email'] !== undefined) values.emails = withEntry('email', before?.emails, fields['email']);
  for (const key of ['phone', 'mobile'] as const)
    if (fields[key] !== undefined) values.phones = withEntry(key, values.phones ?? before?.phones, fields[key]);
  if (fields['company'] !== undefined)
    values.org_id = fields['company'] === null ? null : state.organizationNamed(String(fields['company']));
  if (fields['job_title'] !== undefined)
    values.job_title = fields['job_title'] === null ? null : String(fields['job_title']);
  const custom: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    const code = CUSTOM[key] ?? (key.length === 40 ? key : undefined);
    if (code !== undefined)
      custom[code] = key === 'sync' ? (value === true ? 'yes' : value === false ? null : value) : value;
  }
  return { ...values, custom };
}
