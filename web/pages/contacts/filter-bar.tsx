import { ActionIcon, Button, Group, Menu, Select, Stack, TextInput } from '@mantine/core';
import { IconBookmark, IconFilter, IconX } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
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
import { api, queryClient, routes } from '../../api/client.ts';
import { meQuery } from '../../routes.tsx';
import { tell, tellError } from '../../ui/feedback.tsx';

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
  const { condition, onChange } = props;
  // What the API lists is what the core's type says.
  const type = filterType(condition.field, props.fields as never) ?? 'text';
  const choices = [
    ...Object.keys(FILTER_EXTRAS).map((value) => ({ value, label: t(`segments.extra.${value}`) })),
    ...props.fields
      .filter((one) => one.key !== 'url')
      .map((one) => ({ value: one.key, label: t(`field.${one.key}`, { defaultValue: one.label }) })),
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
      {needsValue(condition.op) && <Value type={type} condition={condition} onChange={onChange} />}
      <ActionIcon variant="subtle" color="gray" aria-label={t('common.remove')} onClick={props.onRemove}>
        <IconX size={16} />
      </ActionIcon>
    </Group>
  );
}

function Value(props: {
  readonly type: string;
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

function Segments({ filter, onChoose }: { readonly filter: Filter; readonly onChoose: (next: Filter) => void }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const segments = useQuery({ queryKey: ['segments'], queryFn: () => api(routes.segments) });
  const [name, setName] = useState('');
  const refresh = (): void => void queryClient.invalidateQueries({ queryKey: ['segments'] });
  const keep = useMutation({
    mutationFn: () => api(routes.saveSegment, { body: { name, filter: [...filter] } }),
    onSuccess: () => {
      tell(t('segments.kept', { name }));
      setName('');
      refresh();
    },
    onError: tellError,
  });
  const drop = useMutation({
    mutationFn: (id: string) => api(routes.deleteSegment, { params: { id } }),
    onSuccess: refresh,
    onError: tellError,
  });
  const mayWrite = me?.scopes.includes('contacts:write') === true;
  const items = segments.data?.items ?? [];
  return (
    <>
      {items.length > 0 && (
        <Menu position="bottom-start" width={260}>
          <Menu.Target>
            <Button size="xs" variant="default" leftSection={<IconBookmark size={14} />}>
              {t('segments.segments')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {items.map((one) => (
              <Menu.Item
                key={one.id}
                onClick={() => onChoose(one.filter)}
                rightSection={
                  mayWrite ? (
                    <IconX
                      size={14}
                      role="button"
                      aria-label={t('segments.forget', { name: one.name })}
                      onClick={(event) => {
                        event.stopPropagation();
                        drop.mutate(one.id);
                      }}
                    />
                  ) : undefined
                }
              >
                {one.name}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      {mayWrite && filter.length > 0 && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            keep.mutate();
          }}
        >
          <Group gap={4}>
            <TextInput
              size="xs"
              w={180}
              required
              placeholder={t('segments.name')}
              aria-label={t('segments.name')}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Button size="xs" type="submit" variant="light" loading={keep.isPending}>
              {t('segments.keep')}
            </Button>
          </Group>
        </form>
      )}
    </>
  );
}
