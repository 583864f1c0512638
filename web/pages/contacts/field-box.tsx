import { MultiSelect, Select, Textarea, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { shown } from '../crm/changes.tsx';
import type { Field } from '../crm/queries.ts';

/** A value as its box holds it: a yes or no by its own word, several values of a list by their ids. */
export const textOf = (value: string | number | boolean | null | string[] | undefined): string => {
  if (value === null || value === undefined || value === '') return '';
  if (typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? value.join(';') : shown(value);
};

const INPUT_TYPES: Readonly<Record<string, string>> = { date: 'date', localDateTime: 'datetime-local' };

const two = (part: number): string => String(part).padStart(2, '0');
/** A moment as the browser's own box spells it, on the clock of whoever looks. */
const localOf = (iso: string): string => {
  const date = new Date(iso);
  return iso === '' || Number.isNaN(date.getTime())
    ? ''
    : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
};
const instantOf = (local: string): string => (local === '' ? '' : new Date(local).toISOString());

/** The box that a field's type asks for. What it holds and hands on is a text (`textOf`); empty clears. */
export function FieldBox(props: {
  readonly field: Field;
  readonly label: string;
  readonly value: string;
  readonly error: string | undefined;
  readonly readOnly: boolean;
  readonly onChange: (value: string) => void;
}) {
  const { t } = useTranslation();
  const { field, value, readOnly, onChange } = props;
  const common = {
    label: props.label,
    size: 'sm',
    error: props.error,
    readOnly,
    variant: field.calculated ? 'filled' : 'default',
  } as const;
  if (field.type === 'boolean')
    return (
      <Select
        {...common}
        clearable={!readOnly}
        value={value || null}
        data={[
          { value: 'true', label: t('common.yes') },
          { value: 'false', label: t('common.no') },
        ]}
        onChange={(next) => onChange(next ?? '')}
      />
    );
  if (field.type === 'oneOf' && field.options !== undefined)
    return (
      <Select
        {...common}
        searchable
        clearable={!readOnly}
        value={value || null}
        data={field.options
          .filter((option) => option.active || option.id === value)
          .map((option) => ({ value: option.id, label: option.label }))}
        onChange={(next) => onChange(next ?? '')}
      />
    );
  if (field.type === 'manyOf' && field.options !== undefined) {
    const ids = value === '' ? [] : value.split(';');
    return (
      <MultiSelect
        {...common}
        searchable
        value={ids}
        data={field.options
          .filter((option) => option.active || ids.includes(option.id))
          .map((option) => ({ value: option.id, label: option.label }))}
        onChange={(next) => onChange(next.join(';'))}
      />
    );
  }
  if (field.type === 'longText')
    return (
      <Textarea
        {...common}
        autosize
        minRows={2}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  if (field.type === 'dateTime')
    return (
      <TextInput
        {...common}
        type="datetime-local"
        value={localOf(value)}
        onChange={(event) => onChange(instantOf(event.currentTarget.value))}
      />
    );
  if (field.type === 'number')
    return (
      <TextInput
        {...common}
        inputMode="decimal"
        value={value}
        // A decimal comma is what half of Europe types.
        onChange={(event) => onChange(event.currentTarget.value.replace(',', '.'))}
      />
    );
  return (
    <TextInput
      {...common}
      type={INPUT_TYPES[field.type] ?? 'text'}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
