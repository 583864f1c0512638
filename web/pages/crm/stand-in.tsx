import { NumberInput, Select, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DetailsProps } from './line-details.tsx';

/** What is written where the CRM demands a value and the contact has none (R20b): in the form of the CRM's field. */
export function StandIn({ line, target, problems, onChange }: DetailsProps) {
  const { t } = useTranslation();
  const set = (value: string | number | null): void =>
    onChange({ default: value === '' || value === null ? undefined : value });
  const shared = {
    size: 'xs' as const,
    label: t('mapping.default'),
    description: t('mapping.defaultHelp'),
    inputWrapperOrder: ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[],
    error: problems.get('default'),
  };
  const value = line.default === null || line.default === undefined ? '' : String(line.default);
  if (target?.type === 'boolean')
    return (
      <Select
        {...shared}
        clearable
        value={value === '' ? null : value}
        onChange={(next) => onChange({ default: next === null ? undefined : next === 'true' })}
        data={[
          { value: 'true', label: t('common.yes') },
          { value: 'false', label: t('common.no') },
        ]}
        placeholder={t('valueTable.none')}
      />
    );
  if (target?.options !== undefined && target?.restricted !== false) {
    const known = target?.options.filter((one) => one.active);
    const chosen = known.find((one) => one.id === value) ?? known.find((one) => one.label === value);
    return (
      <Select
        {...shared}
        searchable
        clearable
        value={chosen?.id ?? (value === '' ? null : value)}
        onChange={set}
        data={[
          ...known.map((one) => ({ value: one.id, label: one.label })),
          ...(chosen !== undefined || value === '' ? [] : [{ value, label: value }]),
        ]}
        placeholder={t('valueTable.none')}
      />
    );
  }
  if (target?.type === 'number')
    return <NumberInput {...shared} value={value} onChange={(next) => set(next === '' ? '' : Number(next))} />;
  return (
    <TextInput
      {...shared}
      value={value}
      onChange={(event) => set(event.currentTarget.value)}
      placeholder={t('valueTable.none')}
    />
  );
}
