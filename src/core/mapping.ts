import { lineCodec } from './codec.ts';
import { checkConsentLine, consentCodec, consentKey, consentSchema } from './consent-codec.ts';
import type { BoundLine } from './decide.ts';
import type { InputProblem } from './invalid-input.ts';
import { optionBook } from './labels.ts';
import type { OptionLinks } from './list-values.ts';
import {
  type ConflictPolicy,
  type ConsentMapping,
  type FieldSchema,
  type Kind,
  type LineKey,
  lineKey,
  type MappingLine,
} from './model.ts';
import type { PhoneKey } from './same.ts';

export interface BindInput {
  readonly lines: readonly MappingLine[];
  readonly kind: Kind;
  readonly hubFields: readonly FieldSchema[];
  readonly crmFields: readonly FieldSchema[];
  /** The connection's policy, for lines without one of their own. */
  readonly conflict: ConflictPolicy;
  readonly phoneKey: PhoneKey;
  /** The CRM account's zone; default UTC. */
  readonly zone?: string;
  /** Which option is which hub value, by line key (R21). */
  readonly links?: ReadonlyMap<LineKey, OptionLinks>;
  /** `kind:field` of CRM fields whose lines rest until a person has repaired them (R49). */
  readonly resting?: ReadonlyMap<string, 'retyped' | 'not_writable'>;
}

export interface SuspendedLine {
  readonly key: LineKey;
  readonly why: 'hub_field_gone' | 'crm_field_gone' | 'not_writable' | 'retyped';
}

/** Makes the enabled lines of one kind ready for use; a line whose field left the schema is suspended (R6b, R49). */
export function bindLines(input: BindInput): {
  readonly bound: readonly BoundLine[];
  readonly suspended: readonly SuspendedLine[];
} {
  const hub = new Map(input.hubFields.map((field) => [field.key, field]));
  const crm = new Map(input.crmFields.map((field) => [field.key, field]));
  const bound: BoundLine[] = [];
  const suspended: SuspendedLine[] = [];
  for (const line of input.lines) {
    if (line.kind !== input.kind || line.enabled === false) continue;
    const key = lineKey(line);
    const hubField = hub.get(line.hub);
    const crmField = crm.get(line.crm);
    const resting = input.resting?.get(`${line.kind}:${line.crm}`);
    if (hubField === undefined) suspended.push({ key, why: 'hub_field_gone' });
    else if (crmField === undefined) suspended.push({ key, why: 'crm_field_gone' });
    else if (resting !== undefined) suspended.push({ key, why: resting });
    else if (line.direction !== 'toHub' && !crmField.writableOnUpdate && !crmField.writableOnCreate) {
      suspended.push({ key, why: 'not_writable' });
    } else if (line.consent !== undefined) {
      bound.push(bindConsent(line, line.consent, crmField));
    } else {
      const links = input.links?.get(key);
      const codec = lineCodec(line, hubField, crmField, {
        phoneKey: input.phoneKey,
        ...(input.zone === undefined ? {} : { zone: input.zone }),
        ...(links === undefined ? {} : { links }),
      });
      bound.push({ key, line, hubField, crmField, codec, conflict: line.conflict ?? input.conflict });
    }
  }
  return { bound, suspended };
}

/** R8a: the hub's side of a permission is one purpose's records, not the field that is calculated from all of them. */
function bindConsent(line: MappingLine, consent: ConsentMapping, crmField: FieldSchema): BoundLine {
  const hubField = consentSchema(consent.purpose);
  const codec = consentCodec(consent, crmField);
  return { key: lineKey(line), line: { ...line, hub: hubField.key }, hubField, crmField, codec, conflict: 'latest' };
}

export interface CheckMappingInput {
  readonly lines: readonly MappingLine[];
  readonly hubFields: readonly FieldSchema[];
  /** Per kind; a kind that is absent was not described, and is not checked. */
  readonly crmFields: Readonly<Partial<Record<Kind, readonly FieldSchema[]>>>;
  readonly kinds: readonly Kind[];
  readonly conflict: ConflictPolicy;
  /** Lines as they are saved: an option that the CRM dropped since does not stand in the way of another change. */
  readonly saved?: readonly MappingLine[];
}

/** R7: saving refuses, with the reason and the path, what cannot be carried out. */
export function checkMapping(input: CheckMappingInput): readonly InputProblem[] {
  return [
    ...input.lines.flatMap((line, index) => checkLine(line, `mappings.${index}`, input)),
    ...checkTogether(input),
  ];
}

/** A line as text, whatever order its keys came in. */
const spelt = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

function checkLine(line: MappingLine, path: string, input: CheckMappingInput): InputProblem[] {
  const problems: InputProblem[] = [];
  const add = (at: string, code: string, params: InputProblem['params'] = {}): void =>
    void problems.push({ path: `${path}.${at}`, code, params });
  if (!input.kinds.includes(line.kind))
    add('kind', 'unknown_kind', { value: line.kind, allowed: input.kinds.join(', ') });
  const hubField = input.hubFields.find((field) => field.key === line.hub);
  const crmFields = input.crmFields[line.kind];
  const crmField = crmFields?.find((field) => field.key === line.crm);
  // A line whose field changed in the CRM since it was saved is suspended; it does not stand in the way of another change.
  const isSaved = input.saved?.some((one) => spelt(one) === spelt(line)) === true;
  if (hubField === undefined) add('hub', 'unknown_field', { field: line.hub });
  if (crmFields !== undefined && crmField === undefined && !isSaved && line.enabled !== false)
    add('crm', 'unknown_field', { field: line.crm });
  for (const problem of isSaved ? [] : checkConsentLine(line, crmField))
    add(problem.path, problem.code, problem.params);
  if (hubField?.calculated === true && line.direction !== 'toCrm' && line.consent === undefined) {
    add('direction', 'calculated_target', { field: line.hub, allowed: 'toCrm' });
  }
  if (
    crmField !== undefined &&
    line.direction !== 'toHub' &&
    !crmField.writableOnUpdate &&
    !isSaved &&
    line.enabled !== false
  ) {
    add('direction', 'read_only_target', { field: line.crm, allowed: 'toHub' });
  }
  if (line.hub === 'origin' && line.direction !== 'toHub') add('direction', 'origin_only_in', { allowed: 'toHub' });
  if (line.optOut === true && line.direction !== 'both') add('direction', 'opt_out_both', { allowed: 'both' });
  if (line.optOut === true && hubField !== undefined && hubField.type !== 'boolean')
    add('optOut', 'opt_out_boolean', { field: line.hub });
  if (
    // Contacts belong to sales: we make none of them (R12).
    line.kind !== 'contact' &&
    crmField?.required === true &&
    line.direction === 'toHub' &&
    line.enabled !== false &&
    line.default === undefined &&
    !isSaved
  ) {
    // A warning to the screen would be lost to the file and the API: a lead could never be created.
    add('direction', 'required_only_in', { field: line.crm, allowed: 'both, toCrm' });
  }
  if (crmField !== undefined && !isSaved)
    for (const { at, value } of valuesNotThere(line, crmField)) add(at, 'not_in_list', { value });
  return problems;
}

/** R7: what the value table or the default would write, and the CRM's list does not have. */
function valuesNotThere(line: MappingLine, crmField: FieldSchema): readonly { at: string; value: string }[] {
  const isClosed = (crmField.type === 'oneOf' || crmField.type === 'manyOf') && crmField.restricted === true;
  if (!isClosed || line.direction === 'toHub') return [];
  const book = optionBook(crmField.options);
  const wanted = Object.entries(line.values ?? {}).flatMap(([hub, values]) =>
    (typeof values === 'string' ? [values] : values).map((value) => ({ at: `values.${hub}`, value })),
  );
  if (typeof line.default === 'string' && line.default !== '') wanted.push({ at: 'default', value: line.default });
  return wanted.filter(({ value }) => book.find(value) === undefined);
}

/** Two lines that write one field, and one CRM field fed twice. */
function checkTogether(input: CheckMappingInput): InputProblem[] {
  const seen = new Map<string, number>();
  return input.lines.flatMap((line, index) => {
    if (line.enabled === false) return [];
    const targets = [
      ...(line.direction === 'toHub' ? [] : [`crm:${line.kind}:${line.crm}`]),
      ...(line.direction === 'toCrm'
        ? []
        : [`hub:${line.kind}:${line.consent === undefined ? line.hub : consentKey(line.consent.purpose)}`]),
      // One permission field says one purpose.
      ...(line.consent === undefined ? [] : [`line:${lineKey(line)}`]),
    ];
    return targets.flatMap((target): InputProblem[] => {
      const first = seen.get(target);
      if (first === undefined) seen.set(target, index);
      return first === undefined
        ? []
        : [{ path: `mappings.${index}`, code: 'written_twice', params: { other: `mappings.${first}` } }];
    });
  });
}
