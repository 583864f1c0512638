import type { z } from 'zod';
import type { Manifest } from '../connectors/kit/connector.ts';
import type { CredentialMethod, OptionInfo } from '../connectors/kit/inputs.ts';
import { redirectUri } from '../engine/authorize.ts';
import type { EngineDeps } from '../engine/deps.ts';
import type { crm } from './contract/crm.ts';
import { isMessage, type Locale, say } from './messages/say.ts';

type CrmView = z.input<typeof crm>;

/** A CRM of the article that has no connector here. */
export const notYet = (id: string, label: string): CrmView => ({
  id,
  label,
  kinds: [],
  notes: {},
  syncField: null,
  supported: false,
  credentials: [],
  options: [],
  createsOptions: 'none',
  optionByHand: null,
  limits: [],
  oauth: null,
});

/** What the screen needs to connect a CRM, in the reader's language. */
export const presentCrm = (engine: EngineDeps, manifest: Manifest, locale: Locale): CrmView => ({
  id: manifest.id,
  label: manifest.label,
  kinds: [...manifest.kinds],
  notes: Object.fromEntries(
    Object.entries(manifest.kindNotes).flatMap(([kind, key]) =>
      key !== undefined && isMessage(key) ? [[kind, say(locale, key)]] : [],
    ),
  ),
  syncField: manifest.capabilities.createFields ? (manifest.systemFields.syncFlag[0] ?? null) : null,
  supported: true,
  credentials: presentCredentials(manifest, locale),
  options: manifest.options.map((option) => presentOption(manifest.id, option, locale)),
  createsOptions: manifest.createsOptions,
  optionByHand: isMessage(manifest.optionNote) ? say(locale, manifest.optionNote, { field: '{{field}}' }) : null,
  limits: manifest.limits.map(({ name, limit, unit }) => ({ name, value: limit.value, unit, source: limit.source })),
  oauth: manifest.oauth === undefined ? null : { redirectUri: redirectUri(engine), scope: manifest.oauth.scope },
});

/** A text of the connector's, and the messages that say it in the reader's language, the most particular first. */
interface Named {
  readonly keys: readonly string[];
  readonly label: string;
}
const methodName = (crmId: string, { method, label }: CredentialMethod): Named => ({
  keys: [`method.${crmId}.${method}`, `method.${method}`],
  label,
});
const fieldName = (crmId: string, method: string, { key, label }: CredentialMethod['fields'][number]): Named => ({
  keys: [`credential.${crmId}.${method}.${key}`, `credential.${crmId}.${key}`, `credential.${key}`],
  label,
});
const optionName = (crmId: string, { key, label }: OptionInfo): Named => ({
  keys: [`option.${crmId}.${key}`],
  label,
});
const text = (locale: Locale, { keys, label }: Named): string => messageOf(locale, keys) ?? label;

/** Everything of a connector's that has a name on the screen. */
export const labelsOf = ({ id, credentials, options }: Manifest): readonly Named[] => [
  ...credentials.flatMap((one) => [
    methodName(id, one),
    ...one.fields.map((field) => fieldName(id, one.method, field)),
  ]),
  ...options.map((option) => optionName(id, option)),
];

const presentCredentials = ({ id, credentials }: Manifest, locale: Locale): CrmView['credentials'] =>
  credentials.map((one) => ({
    method: one.method,
    label: text(locale, methodName(id, one)),
    recommended: one.recommended === true,
    fields: one.fields.map((field) => ({
      key: field.key,
      label: text(locale, fieldName(id, one.method, field)),
      secret: field.secret,
      required: field.required,
      multiline: field.multiline === true,
      placeholder: field.placeholder ?? null,
    })),
  }));

const presentOption = (crmId: string, option: OptionInfo, locale: Locale): CrmView['options'][number] => ({
  key: option.key,
  label: text(locale, optionName(crmId, option)),
  help: messageOf(locale, [`option.${crmId}.${option.key}.help`]),
  type: option.type,
  choices: (option.options ?? []).map(({ id, label }) => ({
    id,
    label: text(locale, { keys: [`option.${crmId}.value.${id}`], label }),
  })),
  valuesOf: option.valuesOf ?? null,
  default: typeof option.default === 'object' ? [...option.default] : (option.default ?? null),
  fixed: option.fixed === true,
  excludes: option.excludes ?? null,
  required: option.required === true,
  placeholder: option.placeholder ?? null,
});

/** The first of these messages that there is. */
function messageOf(locale: Locale, keys: readonly string[]): string | null {
  const key = keys.find(isMessage);
  return key === undefined ? null : say(locale, key);
}
