import { Button, Group, NumberInput, Stack, Switch, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, routes } from '../../api/client.ts';
import { Failed, Loading, tell, tellError } from '../../ui/feedback.tsx';
import { useFieldName } from '../crm/field-name.ts';
import { ListValues, RemovedValues } from './list-values.tsx';
import { type List, listsChanged } from './lists.tsx';

export type ListChange = Partial<
  Pick<List, 'label' | 'showNewValues' | 'newValuesMax'> & { order: string[]; inForms: string[] }
>;

/** One list: what it is called, who uses it, what new values of a CRM may do, and its values. */
export function ListPage({ id, onGone }: { readonly id: string; readonly onGone: () => void }) {
  const { t } = useTranslation();
  const name = useFieldName();
  const query = useQuery({ queryKey: ['list', id], queryFn: () => api(routes.list, { params: { id } }) });
  const change = useMutation({
    mutationFn: (body: ListChange) => api(routes.updateList, { params: { id }, body }),
    onSuccess: listsChanged,
    onError: tellError,
  });
  const drop = useMutation({
    mutationFn: () => api(routes.deleteList, { params: { id } }),
    onSuccess: () => {
      tell(t('lists.listDeleted'));
      listsChanged();
      onGone();
    },
    onError: tellError,
  });
  if (query.error !== null) return <Failed error={query.error} retry={() => void query.refetch()} />;
  if (query.data === undefined) return <Loading />;
  const list = query.data;
  return (
    <Stack>
      <Group justify="space-between" align="flex-start">
        <Stack gap={2}>
          <Title order={2}>{list.label}</Title>
          <Text size="sm" c="dimmed">
            {list.fields.length === 0
              ? t('lists.unused')
              : t('lists.usedBy', { fields: list.fields.map(name).join(', ') })}
          </Text>
        </Stack>
        {list.fields.length === 0 && (
          <Button
            size="xs"
            variant="subtle"
            color="red"
            loading={drop.isPending}
            onClick={() => {
              if (window.confirm(t('lists.deleteListSure', { list: list.label }))) drop.mutate();
            }}
          >
            {t('lists.deleteList')}
          </Button>
        )}
      </Group>
      <Rules list={list} onChange={(body) => change.mutate(body)} />
      <ListValues list={list} onChange={(body) => change.mutate(body)} />
      <RemovedValues list={list} />
    </Stack>
  );
}

function Rules({ list, onChange }: { readonly list: List; readonly onChange: (body: ListChange) => void }) {
  const { t } = useTranslation();
  const [label, setLabel] = useState(list.label);
  const [max, setMax] = useState<string | number>(list.newValuesMax);
  return (
    <>
      <div className="pair pair-top">
        <TextInput
          label={t('lists.rename')}
          value={label}
          onChange={(event) => setLabel(event.currentTarget.value)}
          onBlur={() => {
            if (label.trim() === '') setLabel(list.label);
            else if (label !== list.label) onChange({ label });
          }}
        />
        <NumberInput
          label={t('lists.max')}
          description={t('lists.maxHelp')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          min={0}
          max={10_000}
          value={max}
          onChange={setMax}
          onBlur={() => {
            if (max === '') setMax(list.newValuesMax);
            else if (Number(max) !== list.newValuesMax) onChange({ newValuesMax: Number(max) });
          }}
        />
      </div>
      <Switch
        label={t('lists.showNew')}
        description={t('lists.showNewHelp')}
        checked={list.showNewValues}
        onChange={(event) => onChange({ showNewValues: event.currentTarget.checked })}
      />
    </>
  );
}
