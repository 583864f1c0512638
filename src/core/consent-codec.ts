import type { LineCodec } from './decide.ts';
import type { InputProblem } from './invalid-input.ts';
import { foldLabel, optionBook } from './labels.ts';
import type { ConsentMapping, ConsentWord, FieldSchema, MappingLine, Value } from './model.ts';
import { isEmpty, isSame } from './value.ts';

const PREFIX = 'consent:';
/** The hub's side of a line that carries one purpose: stands in histories and conflicts as the field's key. */
export const consentKey = (purpose: string): string => `${PREFIX}${purpose}`;
/** null: an ordinary field. */
export const purposeOf = (field: string): string | null =>
  field.startsWith(PREFIX) ? field.slice(PREFIX.length) : null;

/** The purpose's records as a field: `given`, `withdrawn` or empty. */
export const consentSchema = (purpose: string): FieldSchema => ({
  key: consentKey(purpose),
  label: purpose,
  type: 'text',
  calculated: false,
  writableOnCreate: true,
  writableOnUpdate: true,
  required: false,
});

/**
 * R8a: how a CRM's permission field says one purpose. A box says one thing when it is ticked and nothing when it is not (an
 * unticked box is no agreement, and no withdrawal unless it was ticked before); of a list or a text the line names the values.
 */
export function consentCodec(consent: ConsentMapping, crmField: FieldSchema): LineCodec {
  const { given, withdrawn } = {
    given: wordsOf(consent.given, crmField),
    withdrawn: wordsOf(consent.withdrawn, crmField),
  };
  const isBox = crmField.type === 'boolean';
  const says = (crm: Value): Value => {
    const values = (Array.isArray(crm) ? crm : [crm]).filter((value) => !isEmpty(value));
    if (values.some((value) => holds(withdrawn, value))) return 'withdrawn';
    return values.some((value) => holds(given, value)) ? 'given' : null;
  };
  const inCrm = (state: Value): Value | undefined => {
    if (state !== 'given' && state !== 'withdrawn') return undefined;
    const [first] = state === 'given' ? given : withdrawn;
    // The other state of a box is the box without its tick.
    return first ?? (isBox ? false : undefined);
  };
  return {
    toHub: (crm) => ({ ok: true, value: says(crm) }),
    toCrm: (hub) => {
      const value = inCrm(hub);
      return value === undefined ? { ok: false, fault: null } : { ok: true, value };
    },
    roundTrip: (hub) => hub,
    beside: (_side, value) => value,
    standIn: null,
    sameHub: isSame,
    sameCrm: (a, b) => isSame(a, b) || (isBox && (a ?? false) === (b ?? false)),
  };
}

/** Words as the CRM holds them: option ids for labels, true and false for a box. */
function wordsOf(words: readonly ConsentWord[] | undefined, field: FieldSchema): readonly (string | boolean)[] {
  const book = optionBook(field.options);
  return (words ?? []).map((word) => (typeof word === 'boolean' ? word : (book.find(word)?.id ?? word)));
}

const holds = (words: readonly (string | boolean)[], value: Value | string): boolean =>
  words.some((word) =>
    typeof word === 'string' && typeof value === 'string' ? foldLabel(word) === foldLabel(value) : word === value,
  );

const CARRIES = new Set(['boolean', 'oneOf', 'manyOf', 'text', 'longText']);

/** R7: what of a consent line cannot be carried out, by the path within the line. */
export function checkConsentLine(line: MappingLine, crmField: FieldSchema | undefined): readonly InputProblem[] {
  const { consent } = line;
  if (consent === undefined) return [];
  const problems: InputProblem[] = [];
  const add = (path: string, code: string, params: InputProblem['params'] = {}): void =>
    void problems.push({ path, code, params });
  const { given = [], withdrawn = [] } = consent;
  if (!/^[a-z][a-z0-9_]{0,62}$/u.test(consent.purpose)) add('consent.purpose', 'field_key', { value: consent.purpose });
  if (line.hub !== 'consent') add('hub', 'consent_field', { allowed: 'consent' });
  if (line.optOut === true) add('optOut', 'consent_or_opt_out');
  // What the CRM withdraws counts here, whatever goes out.
  if (line.direction === 'toCrm') add('direction', 'consent_direction', { allowed: 'toHub, both' });
  if (given.length + withdrawn.length === 0) add('consent', 'consent_words');
  if (consent.source === true && given.length === 0) add('consent.source', 'consent_source');
  if (crmField === undefined) return problems;
  if (!CARRIES.has(crmField.type)) add('crm', 'consent_type', { field: line.crm });
  if (crmField.type === 'boolean') {
    const said = [...given, ...withdrawn];
    if (said.length > 1 || said.some((word) => word !== true)) add('consent', 'consent_box');
    return problems;
  }
  if (crmField.type === 'manyOf' && line.direction === 'both')
    add('direction', 'consent_many', { field: line.crm, allowed: 'toHub' });
  // A withdrawal has to reach the CRM in words that it has.
  if (line.direction === 'both' && withdrawn.length === 0) add('consent.withdrawn', 'required');
  const book = optionBook(crmField.options);
  for (const [name, words] of Object.entries({ given, withdrawn }))
    for (const word of words)
      if (typeof word === 'boolean' || (crmField.options !== undefined && book.find(word) === undefined))
        add(`consent.${name}`, 'not_in_list', { value: String(word) });
  return problems;
}
