import { useQuery } from '@tanstack/react-query';
import { day, exact, localMoment, when } from '../../i18n.ts';
import { shown, valueText } from './changes.tsx';
import { type Field, hubFieldsQuery } from './queries.ts';

/** A hub field's value as people read it: choices by their labels, days, moments and numbers in the reader's spelling. */
export function useFieldValue(): (key: string, value: unknown) => string {
  const fields = useQuery(hubFieldsQuery);
  const byKey = new Map((fields.data?.items ?? []).map((field) => [field.key, field]));
  return (key, value) => textOfValue(byKey.get(key), key, value);
}

/** The same, where the field is at hand. A value that the field's type cannot hold (a CRM's own spelling) stays as it is. */
export function textOfValue(field: Field | undefined, key: string, value: unknown): string {
  const labelOf = (id: unknown): string => field?.options?.find((option) => option.id === id)?.label ?? shown(id);
  if (value === null || value === undefined || value === '') return shown(value);
  if (Array.isArray(value)) return value.length === 0 ? shown(null) : value.map(labelOf).join(', ');
  if (typeof value === 'number') return exact(value);
  const isMoment = typeof value === 'string' && !Number.isNaN(Date.parse(value));
  switch (field?.type) {
    case 'oneOf':
    case 'manyOf':
      return labelOf(value);
    case 'date':
      return isMoment ? day(value) : shown(value);
    case 'dateTime':
      return isMoment ? when(value, '') : shown(value);
    case 'localDateTime':
      return isMoment ? localMoment(value) : shown(value);
    default:
      return valueText(key, value);
  }
}
