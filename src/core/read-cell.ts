import type { ValueType } from './model.ts';

/** How a list writes days and numbers. */
export interface CellFormat {
  readonly dates: DateOrder;
  readonly decimal: '.' | ',';
}
export const DATE_ORDERS = ['ymd', 'dmy', 'mdy'] as const;
export type DateOrder = (typeof DATE_ORDERS)[number];

const DAY = /^(\d{1,4})[./-](\d{1,2})[./-](\d{2,4})(?:[T ]+(\d{1,2}:\d{2}(?::\d{2})?))?$/;
/** As the hub writes them; the order of the list says nothing about those. */
const ISO = /^\d{4}-\d{2}-\d{2}/;

/**
 * A cell as the hub's own spelling of it; what does not fit the list's format comes back as it is, and is refused where
 * the field is read: never a guess (R20).
 */
export function readCell(type: ValueType, text: string, format: CellFormat): string {
  if (type === 'number') return readNumber(text, format.decimal);
  if (type === 'date' || type === 'localDateTime' || type === 'dateTime') return readDay(text, format.dates);
  return text;
}

/** `1 234,5`, `1.234,5`, `1234,5` where the comma is the decimal sign; blanks of any kind group, and so does the other sign. */
function readNumber(text: string, decimal: '.' | ','): string {
  const plain = text.replace(/[\s\u00a0\u202f'’]/gu, '');
  const other = decimal === ',' ? '.' : ',';
  const sign = `[${decimal}]`;
  const group = `[${other}]`;
  const grouped = new RegExp(`^[+-]?(\\d+|\\d{1,3}(${group}\\d{3})+)(${sign}\\d+)?$`, 'u');
  return grouped.test(plain) ? plain.replaceAll(other, '').replace(decimal, '.') : text;
}

function readDay(text: string, order: DateOrder): string {
  if (ISO.test(text)) return text;
  const [, first = '', second = '', third = '', time] = DAY.exec(text) ?? [];
  if (first === '') return text;
  const [year, month, day] =
    order === 'ymd' ? [first, second, third] : order === 'dmy' ? [third, second, first] : [third, first, second];
  // A year of two digits could be either century.
  if (year.length !== 4 || month.length > 2 || day.length > 2) return text;
  const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return time === undefined ? iso : `${iso}T${time.indexOf(':') === 1 ? '0' : ''}${time}`;
}

/** The order of days that fits every one of these cells; null: they do not tell. */
export function dateOrderOf(cells: readonly string[]): DateOrder | null {
  const days = cells.flatMap((cell) => {
    const match = ISO.test(cell) ? null : DAY.exec(cell);
    return match === null ? [] : [[Number(match[1]), Number(match[2]), Number(match[3])] as const];
  });
  if (days.length === 0) return null;
  if (days.every(([year]) => year > 31)) return 'ymd';
  if (days.some(([first]) => first > 12 && first <= 31)) return 'dmy';
  return days.some(([, second]) => second > 12) ? 'mdy' : null;
}

/** The decimal sign that most of these cells can only mean; null: they do not tell. */
export function decimalOf(cells: readonly string[]): '.' | ',' | null {
  const plain = cells.map((cell) => cell.replace(/[\s\u00a0\u202f'’]/gu, ''));
  // Three digits behind a sign may be thousands.
  const count = (pattern: RegExp): number => plain.filter((cell) => pattern.test(cell)).length;
  const commas = count(/^[+-]?\d+(\.\d{3})*,(\d{1,2}|\d{4,})$/);
  const points = count(/^[+-]?\d+(,\d{3})*\.(\d{1,2}|\d{4,})$/);
  if (commas === points) return null;
  return commas > points ? ',' : '.';
}
