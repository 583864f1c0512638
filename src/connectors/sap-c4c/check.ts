import type { Kind } from '../../core/model.ts';
import type { Account, Finding, KindRights } from '../kit/account.ts';
import type { ConnectContext, Schema } from '../kit/connector.ts';
import { type C4cClient, quote } from './client.ts';
import {
  ACCOUNT,
  CONVERTED,
  collectionOf,
  EMAIL,
  kindOf,
  OBSOLETE,
  PERMISSION,
  type SetName,
  STATUS,
} from './entities.ts';
import { OPT_OUT } from './fields.ts';
import { certificateEnds } from './saml.ts';
import type { C4cSettings } from './settings.ts';
import { isBasic } from './sign-in.ts';

const DAY_MS = 86_400_000;
const WARN_DAYS = 30;

/** The tenant is its host. Each object is counted: what the user may not read is a finding. */
export async function check(
  client: C4cClient,
  settings: C4cSettings,
  context: ConnectContext,
  schema: Schema,
): Promise<Account> {
  const { host } = new URL(client.tenant);
  const { lead, contacts } = settings.roles;
  const entities = [lead, ...contacts];
  // People that are alive: converted leads and obsolete customers are counted apart and taken off.
  const numbers = await client.counts(
    entities.flatMap((entity) => [
      { entity, filter: null },
      { entity, filter: `${STATUS[entity]} eq ${quote(entity === 'Lead' ? CONVERTED : OBSOLETE)}` },
    ]),
  );
  const counts: Partial<Record<Kind, number>> = {};
  const findings: Finding[] = [];
  entities.forEach((entity, index) => {
    const [all, past] = [numbers[index * 2] ?? null, numbers[index * 2 + 1] ?? 0];
    if (all === null) return void findings.push(missingRight(entity));
    const kind = kindOf(entity, settings.roles);
    counts[kind] = (counts[kind] ?? 0) + all - past;
  });
  if (entities.includes('Contact') && (await client.counts([{ entity: ACCOUNT, filter: null }]))[0] === null)
    findings.push({ ...missingRight(ACCOUNT), level: 'warning' });
  return {
    id: host,
    name: host,
    sandbox: host.startsWith('sandbox.') ? true : null,
    timeZone: null,
    serverTime: client.serverTime,
    quota: null,
    counts,
    rights: await rightsOf(client, settings),
    findings: [
      ...findings,
      ...permissionFindings(schema, settings),
      ...searchFindings(schema, settings, context),
      ...certificateFindings(context),
    ],
  };
}

/** What the service allows with each kind: where two sets play one, the first, which is where we make people. */
async function rightsOf(client: C4cClient, { roles }: C4cSettings): Promise<Partial<Record<Kind, KindRights>>> {
  const sets = await client.setRights();
  const of = (kind: Kind, object: SetName | undefined): Partial<Record<Kind, KindRights>> => {
    const set = object === undefined ? undefined : sets.get(collectionOf(object));
    return object === undefined || set === undefined
      ? {}
      : {
          [kind]: {
            object,
            create: set.creatable,
            update: set.updatable,
            ...(set.deletable === null ? {} : { delete: set.deletable }),
          },
        };
  };
  return { ...of('lead', roles.lead), ...of('contact', roles.contacts[0]) };
}

const missingRight = (object: SetName): Finding => ({
  level: 'error',
  code: 'missing_right',
  params: { object },
});

/** Without knowing which code refuses contact, an opt-out could neither come nor go (R8). */
function permissionFindings(schema: Schema, { roles }: C4cSettings): Finding[] {
  const kind: Kind = roles.contacts.length > 0 ? 'contact' : 'lead';
  const fields = schema.kinds[kind] ?? [];
  const entity = roles.contacts[0] ?? roles.lead;
  const permission = fields.find((field) => field.key === PERMISSION[entity]);
  if (permission === undefined || fields.some((field) => field.key === OPT_OUT)) return [];
  const codes = (permission.options ?? []).map((option) => `${option.id} = ${option.label}`).join(', ');
  return [{ level: 'warning', code: 'opt_out_code_unknown', params: { field: permission.label, codes } }];
}

/** Without a search by address, or by the way back, nobody could be found before a record is made (R13, R31c). */
function searchFindings(schema: Schema, { roles }: C4cSettings, { settings }: ConnectContext): Finding[] {
  const finding = (kind: Kind, key: string, level: Finding['level']): Finding[] => {
    const field = schema.kinds[kind]?.find((one) => one.key === key);
    if (field?.searchable !== false) return [];
    return [{ level, code: 'field_not_searchable', params: { field: field.label, crm: 'SAP' } }];
  };
  const back = settings.systemFields.url;
  return [
    ...finding('lead', EMAIL[roles.lead], 'error'),
    ...(back === null ? [] : finding('lead', back, 'warning')),
    ...roles.contacts.slice(0, 1).flatMap((entity) => finding('contact', EMAIL[entity], 'error')),
  ];
}

/** The certificate that vouches for us ends some day; a month ahead it is said. */
function certificateFindings({ settings, clock }: ConnectContext): Finding[] {
  const pem = settings.credentials['certificate'];
  if (isBasic(settings) || pem === undefined) return [];
  const days = Math.floor((certificateEnds(pem) - clock.now()) / DAY_MS);
  if (days > WARN_DAYS) return [];
  return [
    {
      level: days < 0 ? 'error' : 'warning',
      code: 'certificate_ends',
      params: { days, date: dayOf(certificateEnds(pem)) },
    },
  ];
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
