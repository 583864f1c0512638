import { lineCodec } from '../../../src/core/codec.ts';
import { optionBook, readable } from '../../../src/core/labels.ts';
import type { OptionLinks } from '../../../src/core/list-values.ts';
import type { Fault, FieldSchema, MappingLine, Value } from '../../../src/core/model.ts';
import { plainPhoneKey } from '../../../src/core/same.ts';
import { isEmpty } from '../../../src/core/value.ts';

/** What a sentence says, as a message key and what it needs; `after` says what happens later. */
export interface Sentence {
  readonly key: string;
  readonly params: Readonly<Record<string, string>>;
  /** Key under `sentence.after`, or null. */
  readonly after: string | null;
  /** Of a value that can't be carried: the reason, for the clause that explains it. */
  readonly fault: Fault | null;
}

export interface SentenceInput {
  readonly line: MappingLine;
  /** undefined: not chosen yet, or gone. */
  readonly hubField: FieldSchema | undefined;
  readonly crmField: FieldSchema | undefined;
  /** Which options of the CRM are known to be which hub values. */
  readonly links?: OptionLinks;
  /** The connection's policy. */
  readonly conflict: NonNullable<MappingLine['conflict']>;
  readonly crm: string;
  readonly person: {
    readonly name: string;
    readonly crm: Readonly<Record<string, Value>>;
    readonly hub: Readonly<Record<string, Value>> | null;
  };
}

const NAMES_MAX = 60;
const short = (text: string): string => (text.length > NAMES_MAX ? `${text.slice(0, NAMES_MAX)}…` : text);
const shown = (field: FieldSchema, value: Value): string => short(readable(value, field, optionBook(field.options)));

/**
 * Tells one mapping line by the example of a real person, with the very codec that the synchronisation uses: so it follows
 * every change of arrow, default and value table.
 */
export function sentenceOf(input: SentenceInput): Sentence {
  const { line, hubField, crmField, person, crm } = input;
  const plain = (key: string): Sentence => ({ key, params: { name: person.name, crm }, after: null, fault: null });
  if (hubField === undefined || crmField === undefined) return plain('choose');
  const hub = person.hub?.[line.hub] ?? null;
  const remote = person.crm[line.crm] ?? null;
  const codec = lineCodec(line, hubField, crmField, {
    phoneKey: plainPhoneKey,
    ...(input.links === undefined ? {} : { links: input.links }),
  });
  const told = { ...input, hubField, crmField, hub, remote, codec };
  if (line.enabled === false) return plain('off');
  if (line.optOut === true) return plain('optOut');
  if (line.consent !== undefined) return consent(line.consent, line.direction, plain);
  if (line.direction === 'toHub') return toHub(told);
  if (line.direction === 'toCrm') return toCrm(told);
  return bothWays(told);
}

/** R8a: who may say what of a purpose, whatever this person said. */
function consent(
  { purpose, source }: NonNullable<MappingLine['consent']>,
  direction: MappingLine['direction'],
  plain: (key: string) => Sentence,
): Sentence {
  const key = direction === 'both' ? 'consentBoth' : 'consentIn';
  const told = plain(source === true ? `${key}Source` : key);
  return { ...told, params: { ...told.params, purpose } };
}

interface Told extends SentenceInput {
  readonly hubField: FieldSchema;
  readonly crmField: FieldSchema;
  readonly hub: Value;
  readonly remote: Value;
  readonly codec: ReturnType<typeof lineCodec>;
}

function say(told: Told, key: string, params: Record<string, string> = {}, fault: Fault | null = null): Sentence {
  const { line, person, crm, conflict } = told;
  const after = line.direction === 'both' ? (line.conflict ?? conflict) : line.direction;
  const silent = fault !== null || ['standIn', 'demanded', 'emptyHub', 'emptyCrm', 'leftOut'].includes(key);
  return { key, params: { name: person.name, crm, ...params }, after: silent ? null : after, fault };
}

/** The hub's value on its way to the CRM. */
function toCrm(told: Told): Sentence {
  const { hub, remote, hubField, crmField, codec } = told;
  if (isEmpty(hub)) {
    if (codec.standIn !== null && isEmpty(remote)) return say(told, 'standIn', { to: shown(crmField, codec.standIn) });
    return crmField.required && isEmpty(remote) ? say(told, 'demanded') : say(told, 'emptyHub');
  }
  const from = shown(hubField, hub);
  const converted = codec.toCrm(hub);
  if (!converted.ok)
    return converted.fault === null ? say(told, 'leftOut', { from }) : say(told, 'faultCrm', { from }, converted.fault);
  if (!isEmpty(remote) && codec.sameCrm(converted.value, remote)) return agreed(told);
  return become(told, 'Crm', from, shown(crmField, converted.value));
}

/** The CRM's value on its way in. */
function toHub(told: Told): Sentence {
  const { hub, remote, hubField, crmField, codec } = told;
  if (isEmpty(remote)) return say(told, 'emptyCrm');
  const from = shown(crmField, remote);
  const converted = codec.toHub(remote);
  if (!converted.ok)
    return converted.fault === null ? say(told, 'leftOut', { from }) : say(told, 'faultHub', { from }, converted.fault);
  if (isEmpty(converted.value)) return say(told, 'emptyCrm');
  if (!isEmpty(hub) && codec.sameHub(converted.value, hub)) return agreed(told);
  const added = converted.addsValues?.[0]?.label;
  return become(told, 'Hub', from, added ?? shown(hubField, converted.value));
}

/** A value that stays what it is is written; another one is what it becomes. */
const become = (told: Told, side: 'Crm' | 'Hub', from: string, to: string): Sentence =>
  from === to ? say(told, `written${side}`, { from }) : say(told, `will${side}`, { from, to });

function bothWays(told: Told): Sentence {
  const { hub, remote, hubField, crmField, codec } = told;
  if (isEmpty(hub) && isEmpty(remote))
    return codec.standIn !== null || crmField.required ? toCrm(told) : say(told, 'emptyBoth');
  if (isEmpty(hub)) return toHub(told);
  if (isEmpty(remote)) return toCrm(told);
  const inward = codec.toHub(remote);
  const outward = codec.toCrm(hub);
  if (inward.ok && (codec.sameHub(inward.value, hub) || codec.sameHub(codec.roundTrip(hub), inward.value)))
    return agreed(told);
  if (outward.ok && codec.sameCrm(outward.value, remote)) return agreed(told);
  if (!outward.ok) return toCrm(told);
  return say(told, 'differ', { hub: shown(hubField, hub), remote: shown(crmField, remote) });
}

function agreed(told: Told): Sentence {
  const from = shown(told.hubField, told.hub);
  const to = shown(told.crmField, told.remote);
  return from === to ? say(told, 'sameBoth', { from }) : say(told, 'sameBothSpelt', { from, to });
}
