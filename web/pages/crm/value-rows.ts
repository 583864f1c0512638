import { truthOf } from '../../../src/core/convert.ts';
import { foldLabel, type OptionBook, optionBook } from '../../../src/core/labels.ts';
import type { OptionLinks } from '../../../src/core/list-values.ts';
import type { Connection, Field } from './queries.ts';

export type Line = Connection['mappings'][number];

/** One value of ours, and what it is called in the CRM. */
export interface HubRow {
  /** As the screen writes it into the value table. */
  readonly key: string;
  /** As it stands there already: a file may have written a label. */
  readonly entries: readonly string[];
  readonly label: string;
  /** Said by the mapping: ids of options, or texts. */
  readonly crm: readonly string[];
  /** What happens where the mapping says nothing. */
  readonly otherwise: Otherwise;
  readonly isLeftOut: boolean;
  /** A person took it out of the list. */
  readonly isRemoved: boolean;
}
export type Otherwise =
  | { readonly how: 'known' | 'sameName'; readonly label: string }
  | { readonly how: 'asText' | 'nothing' };

/** A choice of the CRM that no value of ours answers. */
export interface CrmRow {
  readonly id: string;
  readonly label: string;
  readonly becomes: 'added' | 'rejected' | 'comesAsText';
  readonly isLeftOut: boolean;
}

const isList = (field: Field | undefined): boolean => field?.type === 'oneOf' || field?.type === 'manyOf';

/** The CRM's options that are known to be values of this hub list, as the synchronisation knows them. */
export function linksOf(own: Field | undefined, target: Field | undefined): OptionLinks {
  const known = (target?.options ?? []).flatMap(({ id, is }) =>
    (is ?? []).filter((one) => one.list === own?.listId).map(({ key }) => ({ id, key })),
  );
  return {
    toHub: new Map(known.map(({ id, key }) => [id, key])),
    toCrm: new Map(known.map(({ id, key }) => [key, id])),
  };
}

/** A value table says something of this line: one side chooses from a list, or there is one already. */
export const hasValues = (line: Line, own: Field | undefined, target: Field | undefined): boolean =>
  isList(own) || isList(target) || line.values !== undefined || line.leaveOut !== undefined;

/** Both sides of a line's value table, as a person edits it. */
export function valueRows(
  line: Line,
  own: Field,
  target: Field,
): { readonly hub: readonly HubRow[]; readonly crm: readonly CrmRow[] } {
  const hubBook = optionBook(own.options);
  const crmBook = optionBook(target.options);
  const leftOut = new Set((line.leaveOut ?? []).map(foldLabel));
  const isLeftOut = (id: string, label: string): boolean => leftOut.has(foldLabel(id)) || leftOut.has(foldLabel(label));
  const entries = Object.entries(line.values ?? {}).map(
    ([key, crm]) => [key, [crm].flat().map((one) => crmBook.find(one)?.id ?? one)] as const,
  );
  const rows = ownValues(own).map(({ key, label, spellings }): HubRow => {
    const said = entries.filter(([entry]) => isSame(entry, key, hubBook));
    return {
      key,
      label,
      entries: said.map(([entry]) => entry),
      crm: [...new Set(said.flatMap(([, crm]) => crm))],
      otherwise: otherwise({ key, label, spellings }, own, target, crmBook),
      isLeftOut: isLeftOut(key, label),
      isRemoved: false,
    };
  });
  const others = entries
    .filter(([entry]) => !rows.some((row) => isSame(entry, row.key, hubBook)))
    .map(
      ([entry, crm]): HubRow => ({
        key: entry,
        entries: [entry],
        label: hubBook.label(entry),
        crm,
        otherwise: { how: 'nothing' },
        isLeftOut: isLeftOut(entry, hubBook.label(entry)),
        isRemoved: hubBook.find(entry)?.active === false,
      }),
    );
  const hub = [...rows, ...others];
  return { hub, crm: line.direction === 'toCrm' ? [] : unanswered(line, own, target, hub, isLeftOut) };
}

interface OwnValue {
  readonly key: string;
  readonly label: string;
  readonly spellings: readonly string[];
}

const ownValues = (own: Field): readonly OwnValue[] => {
  if (own.type === 'boolean') return ['Yes', 'No'].map((key) => ({ key, label: key, spellings: [] }));
  if (!isList(own)) return [];
  return (own.options ?? [])
    .filter((option) => option.active)
    .map((option) => ({ key: option.id, label: option.label, spellings: option.spellings ?? [] }));
};

const isSame = (entry: string, key: string, book: OptionBook): boolean =>
  foldLabel(entry) === foldLabel(key) || book.find(entry)?.id === key;

/** As the synchronisation finds it: the option that is linked, the one of that name, the text itself. */
function otherwise(value: OwnValue, own: Field, target: Field, crmBook: OptionBook): Otherwise {
  const linked = target.options?.find((option) =>
    option.is?.some((one) => one.list === own.listId && one.key === value.key),
  );
  if (linked !== undefined) return { how: 'known', label: linked.label };
  const truth = own.type === 'boolean' ? value.key === 'Yes' : null;
  const named =
    truth === null
      ? [value.label, ...value.spellings].map((text) => crmBook.find(text)).find((found) => found !== undefined)
      : target.options?.find((option) => truthOf(option.label) === truth || truthOf(option.id) === truth);
  if (named !== undefined) return { how: 'sameName', label: named.label };
  return { how: isList(target) && target.restricted !== false ? 'nothing' : 'asText' };
}

function unanswered(
  line: Line,
  own: Field,
  target: Field,
  rows: readonly HubRow[],
  isLeftOut: (id: string, label: string) => boolean,
): readonly CrmRow[] {
  const said = new Set(rows.flatMap((row) => row.crm));
  const names = new Set(rows.flatMap((row) => ('label' in row.otherwise ? [foldLabel(row.otherwise.label)] : [])));
  const becomes = isList(own)
    ? line.unknownValues === 'reject'
      ? 'rejected'
      : 'added'
    : own.type === 'boolean'
      ? 'rejected'
      : 'comesAsText';
  return (target.options ?? [])
    .filter((option) => option.active && !said.has(option.id) && !names.has(foldLabel(option.label)))
    .map((option) => ({
      id: option.id,
      label: option.label,
      becomes,
      isLeftOut: isLeftOut(option.id, option.label),
    }));
}

/** The line with this value called so in the CRM; nothing: the mapping says nothing of it any more. */
export function withValue(line: Line, own: Field, key: string, crm: readonly string[]): Pick<Line, 'values'> {
  const book = optionBook(own.options);
  const rest = Object.entries(line.values ?? {}).filter(([entry]) => !isSame(entry, key, book));
  const [first] = crm;
  const all = first === undefined ? rest : [...rest, [key, crm.length === 1 ? first : [...crm]] as const];
  return { values: all.length === 0 ? undefined : Object.fromEntries(all) };
}

/** The line with these labels of one value carried, or not. */
export function withLeftOut(
  line: Line,
  value: { readonly id: string; readonly label: string },
  on: boolean,
): Pick<Line, 'leaveOut'> {
  const names = new Set([foldLabel(value.id), foldLabel(value.label)]);
  const rest = (line.leaveOut ?? []).filter((one) => !names.has(foldLabel(one)));
  const all = on ? [...rest, value.label] : rest;
  return { leaveOut: all.length === 0 ? undefined : all };
}
