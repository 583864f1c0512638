import { ActionIcon, Button, Group, Select, Stack, TextInput } from '@mantine/core';
import { IconFilter, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import {
  type Condition,
  FILTER_EXTRAS,
  type FilterOp,
  filterType,
  needsValue,
  opsOf,
} from '../../../src/core/contact-filter.ts';
import { api, routes } from '../../api/client.ts';
import { useFieldName } from '../crm/field-name.ts';
import { Segments } from './segments.tsx';

export type Filter = readonly Condition[];
type HubField = z.output<typeof routes.hubFields.response>['items'][number];

/** Conditions a line each; all of them hold together. Kept under a name they are a segment. */
export function FilterBar({
  filter,
  onChange,
}: {
  readonly filter: Filter;
  readonly onChange: (next: Filter) => void;
}) {
  const { t } = useTranslation();
  const fields = useQuery({ queryKey: ['hub-fields'], queryFn: () => api(routes.hubFields) });
  const known = fields.data?.items ?? [];
  return (
    <Stack gap="xs">
      {filter.map((condition, index) => (
        <Line
          key={`${index}-${condition.field}`}
          condition={condition}
          fields={known}
          onChange={(next) => onChange(filter.map((one, at) => (at === index ? next : one)))}
          onRemove={() => onChange(filter.filter((_, at) => at !== index))}
        />
      ))}
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          leftSection={<IconFilter size={14} />}
          onClick={() => onChange([...filter, { field: 'score', op: 'at_least', value: 20 }])}
        >
          {t('segments.addCondition')}
        </Button>
        <Segments filter={filter} onChoose={onChange} />
      </Group>
    </Stack>
  );
}

function Line(props: {
  readonly condition: Condition;
  readonly fields: readonly HubField[];
  readonly onChange: (next: Condition) => void;
  readonly onRemove: () => void;
}) {
  const { t } = useTranslation();
  const nameOf = useFieldName();
  const { condition, onChange } = props;
  // What the API lists is what the core's type says.
  const type = filterType(condition.field, props.fields as never) ?? 'text';
  const choices = [
    ...Object.keys(FILTER_EXTRAS).map((value) => ({ value, label: t(`segments.extra.${value}`) })),
    ...props.fields.filter((one) => one.key !== 'url').map((one) => ({ value: one.key, label: nameOf(one.key) })),
  ];
  const pickField = (field: string): void => {
    const [op = 'is'] = opsOf(filterType(field, props.fields as never) ?? 'text');
    onChange({ field, op, ...(field === 'archived' ? { value: true } : {}) });
  };
  return (
    <Group gap="xs" align="flex-end">
      <Select
        size="xs"
        w={190}
        searchable
        allowDeselect={false}
        aria-label={t('segments.field')}
        data={choices}
        value={condition.field}
        onChange={(value) => value !== null && pickField(value)}
      />
      <Select
        size="xs"
        w={150}
        allowDeselect={false}
        aria-label={t('segments.op')}
        data={opsOf(type).map((value) => ({ value, label: t(`segments.ops.${value}`) }))}
        value={condition.op}
        onChange={(op) => op !== null && onChange({ ...condition, op: op as FilterOp })}
      />
      {needsValue(condition.op) && (
        <Value
          type={type}
          options={props.fields.find((one) => one.key === condition.field)?.options}
          condition={condition}
          onChange={onChange}
        />
      )}
      <ActionIcon variant="subtle" color="gray" aria-label={t('common.remove')} onClick={props.onRemove}>
        <IconX size={16} />
      </ActionIcon>
    </Group>
  );
}

function Value(props: {
  readonly type: string;
  /** Of a list: what may be chosen, values that were removed included: somebody may still have them. */
  readonly options: HubField['options'];
  readonly condition: Condition;
  readonly onChange: (next: Condition) => void;
}) {
  const { t } = useTranslation();
  const { type, condition, onChange } = props;
  const connections = useQuery({
    queryKey: ['connections'],
    queryFn: () => api(routes.connections),
    enabled: type === 'connection',
  });
  const label = t('segments.value');
  if (type === 'boolean')
    return (
      <Select
        size="xs"
        w={110}
        allowDeselect={false}
        aria-label={label}
        data={[
          { value: 'true', label: t('common.yes') },
          { value: 'false', label: t('common.no') },
        ]}
        value={String(condition.value ?? true)}
        onChange={(value) => onChange({ ...condition, value: value === 'true' })}
      />
    );
  if (type === 'connection')
    return (
      <Select
        size="xs"
        w={190}
        aria-label={label}
        data={(connections.data?.items ?? []).map((one) => one.name)}
        value={condition.value === undefined ? null : String(condition.value)}
        onChange={(value) => onChange({ ...condition, value: value ?? undefined })}
      />
    );
  if (props.options !== undefined)
    return (
      <Select
        size="xs"
        w={190}
        searchable
        aria-label={label}
        data={props.options.map((one) => ({ value: one.id, label: one.label }))}
        value={condition.value === undefined ? null : String(condition.value)}
        onChange={(value) => onChange({ ...condition, value: value ?? undefined })}
      />
    );
  const isTime = type === 'date' || type === 'dateTime' || type === 'localDateTime';
  return (
    <TextInput
      size="xs"
      w={190}
      aria-label={label}
      type={isTime ? 'date' : type === 'number' ? 'number' : 'text'}
      value={condition.value === undefined ? '' : String(condition.value)}
      onChange={(event) => onChange({ ...condition, value: event.currentTarget.value })}
    />
  );
}
