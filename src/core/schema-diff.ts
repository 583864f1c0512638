import type { FieldSchema, Kind, MappingLine, Value } from './model.ts';
import { isEmpty } from './value.ts';

/** What can happen to a field in the CRM that concerns us (R49). */
export const SCHEMA_WHATS = ['renamed', 'removed', 'retyped', 'required', 'read_only', 'options'] as const;
export type SchemaWhat = (typeof SCHEMA_WHATS)[number];

/** One field of the CRM that is not what it was when the mapping was made. */
export interface SchemaChange {
  readonly kind: Kind;
  readonly field: string;
  readonly label: string;
  readonly what: SchemaWhat;
  readonly detail: {
    /** Of `renamed`: the field that it seems to be now, and how sure that is. */
    readonly to?: string;
    readonly toLabel?: string;
    readonly by?: 'id' | 'label' | 'name';
    /** Of `retyped`. */
    readonly fromType?: string;
    readonly toType?: string;
    /** Of `options`: labels that are not there any more. */
    readonly gone?: readonly string[];
  };
}

type Kinds = Readonly<Partial<Record<Kind, readonly FieldSchema[]>>>;

/** What of the schema concerns this connection. */
export interface SchemaUse {
  readonly mappings: readonly MappingLine[];
  /** The kind of records that we create; null: none. */
  readonly creates: Kind | null;
}

const linesOf = (use: SchemaUse, kind: Kind, field: string): readonly MappingLine[] =>
  use.mappings.filter((line) => line.kind === kind && line.crm === field && line.enabled !== false);

/** Kinds of text that carry the same values. */
const sameType = (a: FieldSchema['type'], b: FieldSchema['type']): boolean =>
  a === b || (['text', 'longText'].includes(a) && ['text', 'longText'].includes(b));

/** What happened to the fields that we use, between two descriptions of the CRM. Pure. */
export function compareSchemas(before: Kinds, after: Kinds, use: SchemaUse): readonly SchemaChange[] {
  const changes: SchemaChange[] = [];
  for (const kind of Object.keys(before) as Kind[]) {
    const old = before[kind] ?? [];
    const now = after[kind] ?? [];
    const known = new Set(old.map((field) => field.key));
    const fresh = now.filter((field) => !known.has(field.key));
    for (const field of old) {
      const present = now.find((one) => one.key === field.key);
      if (linesOf(use, kind, field.key).length > 0)
        changes.push(
          ...(present === undefined ? [disappeared(kind, field, fresh)] : changed(kind, field, present, use)),
        );
    }
    if (kind !== use.creates) continue;
    for (const field of now) {
      const was = old.find((one) => one.key === field.key);
      if (field.required && field.writableOnCreate && was?.required !== true && !hasDefault(use, kind, field.key))
        changes.push({ kind, field: field.key, label: field.label, what: 'required', detail: {} });
    }
  }
  return changes;
}

const hasDefault = (use: SchemaUse, kind: Kind, field: string): boolean =>
  linesOf(use, kind, field).some((line) => line.direction !== 'toHub' && !isEmpty(line.default as Value | undefined));

/** A rename keeps the vendor's own id; without one a new field of the same type and label, or nearly the same name. */
function disappeared(kind: Kind, field: FieldSchema, fresh: readonly FieldSchema[]): SchemaChange {
  const base = { kind, field: field.key, label: field.label };
  const alike = fresh.filter((one) => sameType(one.type, field.type));
  const byId = field.vendorId === undefined ? undefined : fresh.find((one) => one.vendorId === field.vendorId);
  const byLabel = alike.find((one) => bare(one.label) === bare(field.label));
  const nearest = closest(
    field.key,
    alike.map((one) => one.key),
  );
  const byName = alike.find((one) => one.key === nearest);
  const found = byId ?? byLabel ?? byName;
  if (found === undefined) return { ...base, what: 'removed', detail: {} };
  const by = found === byId ? 'id' : found === byLabel ? 'label' : 'name';
  return { ...base, what: 'renamed', detail: { to: found.key, toLabel: found.label, by } };
}

function changed(kind: Kind, was: FieldSchema, now: FieldSchema, use: SchemaUse): SchemaChange[] {
  const base = { kind, field: now.key, label: now.label };
  const changes: SchemaChange[] = [];
  if (!sameType(was.type, now.type))
    changes.push({ ...base, what: 'retyped', detail: { fromType: was.type, toType: now.type } });
  const goesOut = linesOf(use, kind, now.key).some((line) => line.direction !== 'toHub');
  if (goesOut && was.writableOnUpdate && !now.writableOnUpdate)
    changes.push({ ...base, what: 'read_only', detail: {} });
  const gone = optionsGone(was, now);
  if (gone.length > 0) changes.push({ ...base, what: 'options', detail: { gone } });
  return changes;
}

/** Labels of options that could be chosen and cannot any more; a new label of the same option is no loss. */
function optionsGone(was: FieldSchema, now: FieldSchema): readonly string[] {
  if (was.options === undefined || now.options === undefined) return [];
  const left = new Set(now.options.filter((option) => option.active).map((option) => option.id));
  return was.options.filter((option) => option.active && !left.has(option.id)).map((option) => option.label);
}

/** Whether an old finding still concerns anybody, given the fields and the mapping of now. */
export function stillConcerns(change: SchemaChange, now: Kinds, use: SchemaUse): boolean {
  const field = now[change.kind]?.find((one) => one.key === change.field);
  const lines = linesOf(use, change.kind, change.field);
  switch (change.what) {
    case 'renamed':
    case 'removed':
      return field === undefined && lines.length > 0;
    case 'retyped':
      return field !== undefined && field.type !== change.detail.fromType && lines.length > 0;
    case 'read_only':
      return field?.writableOnUpdate === false && lines.some((line) => line.direction !== 'toHub');
    case 'required':
      return field?.required === true && use.creates === change.kind && !hasDefault(use, change.kind, change.field);
    case 'options': {
      const labels = new Set((field?.options ?? []).filter((one) => one.active).map((one) => one.label));
      return field !== undefined && lines.length > 0 && (change.detail.gone ?? []).some((label) => !labels.has(label));
    }
  }
}

export type Resting = 'retyped' | 'not_writable';

/** Lines that rest because of a change, until a person repairs it (R49); lines of lost fields rest by themselves. */
export const restingFields = (changes: readonly SchemaChange[]): ReadonlyMap<string, Resting> =>
  new Map(
    changes.flatMap((change): [string, Resting][] => {
      const why = change.what === 'retyped' ? 'retyped' : change.what === 'read_only' ? 'not_writable' : null;
      return why === null ? [] : [[`${change.kind}:${change.field}`, why]];
    }),
  );

const bare = (text: string): string => text.toLowerCase().replace(/__c$|[^\p{L}\p{N}]/gu, '');

/** The field that was probably meant: the same letters, or two edits away. */
export function closest(wanted: string, known: readonly string[]): string | null {
  const target = bare(wanted);
  let best: { key: string; distance: number } | null = null;
  for (const key of known) {
    const distance = editDistance(bare(key), target);
    if (distance <= 2 && (best === null || distance < best.distance)) best = { key, distance };
  }
  return best?.key ?? null;
}

function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, char] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries())
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (char === other ? 0 : 1)));
    row = next;
  }
  return row.at(-1) ?? 3;
}

export const REPAIRS = ['take_over', 'accept', 'only_in', 'switch_off', 'set_default', 'dismiss'] as const;
export type Repair = (typeof REPAIRS)[number];

/** Which repairs a change offers, the best first. */
export const REPAIRS_OF: Readonly<Record<SchemaWhat, readonly Repair[]>> = {
  renamed: ['take_over', 'switch_off'],
  removed: ['take_over', 'switch_off'],
  retyped: ['accept', 'switch_off'],
  required: ['set_default', 'dismiss'],
  read_only: ['only_in', 'switch_off'],
  options: ['dismiss'],
};
