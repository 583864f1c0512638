import type { ConnectContext } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import { ENTITIES, type EntityName, isEntityName, type Roles } from './entities.ts';

/** `options` of a connection, read once. */
export interface C4cSettings {
  readonly roles: Roles;
  /** Code of the contact permission that means "no contact"; '' = found by its description. */
  readonly optOutCode: string;
  /** New leads are private persons. */
  readonly createPrivate: boolean;
  /** Code of the role of accounts that we make; '' = the tenant's default. */
  readonly accountRole: string;
  /** Address of a lead's page; '' = the usual one. */
  readonly leadUrl: string;
}

/** @throws RemoteError('invalid') naming the option that is wrong. */
export function readSettings({ options }: ConnectContext['settings']): C4cSettings {
  const lead = entity(options['leadObject'] ?? 'Lead', 'leadObject');
  const contacts = options['contactObjects'] ?? ['Contact', 'IndividualCustomer'].filter((one) => one !== lead);
  if (!Array.isArray(contacts)) throw wrong('contactObjects', `must be a list of ${ENTITIES.join(', ')}`);
  const roles: Roles = { lead, contacts: [...new Set(contacts.map((one) => entity(one, 'contactObjects')))] };
  if (roles.contacts.includes(lead)) throw wrong('contactObjects', `must not name ${lead}, which plays lead`);
  if (roles.contacts.includes('Lead')) throw wrong('contactObjects', 'must not name Lead, which plays lead only');
  return {
    roles,
    optOutCode: text(options['optOutCode'], 'optOutCode'),
    createPrivate: options['createPrivateLeads'] === true,
    accountRole: text(options['accountRole'], 'accountRole'),
    leadUrl: text(options['leadUrl'], 'leadUrl'),
  };
}

const wrong = (option: string, what: string): RemoteError =>
  new RemoteError('invalid', `options.${option} ${what}`, { case: 'option_wrong', params: { option } });

function entity(value: unknown, option: string): EntityName {
  if (isEntityName(value)) return value;
  throw wrong(option, `must be one of ${ENTITIES.join(', ')}`);
}

function text(value: unknown, option: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value.trim();
  throw wrong(option, 'must be a text');
}
