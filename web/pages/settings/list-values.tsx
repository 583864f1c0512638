import { ActionIcon, Badge, Button, Checkbox, Group, Menu, Stack, Table, Text, TextInput } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconDots, IconSearch } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ProblemError, routes } from '../../api/client.ts';
import { number } from '../../i18n.ts';
import { tellError } from '../../ui/feedback.tsx';
import type { ListChange } from './list.tsx';
import { type List, listsChanged } from './lists.tsx';
import { MergeDialog, ValueDialog } from './value-dialogs.tsx';

export type ListValue = List['values'][number];

/** From here on a box to search in pays. */
const MANY = 15;

/** The values in their order: spellings together, those of a CRM marked, ticked for forms. */
export function ListValues({ list, onChange }: { readonly list: List; readonly onChange: (body: ListChange) => void }) {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const [dialog, setDialog] = useState<{ readonly value: ListValue; readonly what: 'edit' | 'merge' } | null>(null);
  const values = list.values.filter((value) => !value.removed);
  const wanted = search.trim().toLocaleLowerCase();
  const shown = values.filter((value) =>
    [value.label, ...value.spellings].some((text) => text.toLocaleLowerCase().includes(wanted)),
  );
  const keys = values.map((value) => value.key);
  const move = (value: ListValue, by: number): void => {
    const order = keys.filter((key) => key !== value.key);
    order.splice(keys.indexOf(value.key) + by, 0, value.key);
    onChange({ order });
  };
  const waiting = values.filter((value) => value.from !== null && !value.inForms).length;
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Group gap="xs">
          {values.length > MANY && (
            <TextInput
              size="xs"
              leftSection={<IconSearch size={14} />}
              placeholder={t('lists.find')}
              aria-label={t('lists.find')}
              value={search}
              onChange={(event) => setSearch(event.currentTarget.value)}
            />
          )}
          <Text size="sm" c="dimmed">
            {t('lists.count', { count: values.length })}
            {waiting > 0 && ` · ${t('lists.waiting', { count: waiting })}`}
          </Text>
        </Group>
        <Group gap={4}>
          <Button
            size="compact-xs"
            variant="subtle"
            onClick={() => onChange({ order: byLabel(values).map((one) => one.key) })}
          >
            {t('lists.order')}
          </Button>
          <Button size="compact-xs" variant="subtle" onClick={() => onChange({ inForms: keys })}>
            {t('lists.tickAll')}
          </Button>
          <Button size="compact-xs" variant="subtle" onClick={() => onChange({ inForms: [] })}>
            {t('lists.tickNone')}
          </Button>
        </Group>
      </Group>
      <Table.ScrollContainer minWidth={560}>
        <Table verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('lists.value')}</Table.Th>
              <Table.Th>{t('lists.from')}</Table.Th>
              <Table.Th ta="center">{t('lists.inForms')}</Table.Th>
              <Table.Th ta="right">{t('lists.uses')}</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((value) => (
              <ValueRow
                key={value.key}
                list={list}
                value={value}
                at={wanted === '' ? keys.indexOf(value.key) : null}
                last={keys.length - 1}
                onMove={(by) => move(value, by)}
                onOpen={(what) => setDialog({ value, what })}
              />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <AddValue list={list} />
      {dialog?.what === 'edit' && <ValueDialog list={list} value={dialog.value} onClose={() => setDialog(null)} />}
      {dialog?.what === 'merge' && <MergeDialog list={list} value={dialog.value} onClose={() => setDialog(null)} />}
    </Stack>
  );
}

const byLabel = (values: readonly ListValue[]): ListValue[] =>
  [...values].sort((a, b) => a.label.localeCompare(b.label, undefined, { numeric: true }));

function ValueRow(props: {
  readonly list: List;
  readonly value: ListValue;
  /** Its place; null while only some are shown: there is no up and down then. */
  readonly at: number | null;
  readonly last: number;
  readonly onMove: (by: number) => void;
  readonly onOpen: (what: 'edit' | 'merge') => void;
}) {
  const { t } = useTranslation();
  const { list, value, at } = props;
  const params = { id: list.id, key: value.key };
  const tick = useMutation({
    mutationFn: (inForms: boolean) => api(routes.updateListValue, { params, body: { inForms } }),
    onSuccess: listsChanged,
    onError: tellError,
  });
  const remove = useMutation({
    mutationFn: () => api(routes.removeListValue, { params }),
    onSuccess: listsChanged,
    onError: tellError,
  });
  return (
    <Table.Tr data-value={value.key}>
      <Table.Td>
        <Text size="sm">{value.label}</Text>
        {value.spellings.length > 0 && (
          <Text size="xs" c="dimmed">
            {value.spellings.join(' · ')}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        {value.from === null ? (
          <Text size="xs" c="dimmed">
            {t('lists.byHand')}
          </Text>
        ) : (
          <Badge size="sm" variant="light" tt="none">
            {value.from}
          </Badge>
        )}
      </Table.Td>
      <Table.Td>
        <Group justify="center">
          <Checkbox
            checked={tick.isPending ? tick.variables : value.inForms}
            onChange={(event) => tick.mutate(event.currentTarget.checked)}
            aria-label={t('lists.inFormsOf', { value: value.label })}
          />
        </Group>
      </Table.Td>
      <Table.Td ta="right">{value.uses === null ? '' : number(value.uses)}</Table.Td>
      <Table.Td>
        <Group gap={2} wrap="nowrap" justify="flex-end">
          {at !== null && (
            <>
              <ActionIcon
                variant="subtle"
                color="gray"
                disabled={at === 0}
                onClick={() => props.onMove(-1)}
                aria-label={t('lists.up', { value: value.label })}
              >
                <IconArrowUp size={16} />
              </ActionIcon>
              <ActionIcon
                variant="subtle"
                color="gray"
                disabled={at === props.last}
                onClick={() => props.onMove(1)}
                aria-label={t('lists.down', { value: value.label })}
              >
                <IconArrowDown size={16} />
              </ActionIcon>
            </>
          )}
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={t('lists.actions', { value: value.label })}>
                <IconDots size={16} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => props.onOpen('edit')}>{t('lists.edit')}</Menu.Item>
              <Menu.Item onClick={() => props.onOpen('merge')} disabled={props.last === 0}>
                {t('lists.merge')}
              </Menu.Item>
              <Menu.Item color="red" onClick={() => remove.mutate()}>
                {t('lists.remove')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

function AddValue({ list }: { readonly list: List }) {
  const { t } = useTranslation();
  const [label, setLabel] = useState('');
  const [problem, setProblem] = useState<string>();
  const add = useMutation({
    mutationFn: () => api(routes.addListValue, { params: { id: list.id }, body: { label } }),
    onSuccess: () => {
      setLabel('');
      setProblem(undefined);
      listsChanged();
    },
    onError: (error) =>
      setProblem(error instanceof ProblemError ? (error.problem.errors?.[0]?.message ?? error.message) : error.message),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (label.trim() !== '') add.mutate();
      }}
    >
      <Group align="flex-start" gap="xs">
        <TextInput
          flex={1}
          maw={320}
          placeholder={t('lists.add')}
          aria-label={t('lists.add')}
          value={label}
          onChange={(event) => setLabel(event.currentTarget.value)}
          error={problem}
        />
        <Button type="submit" variant="default" disabled={label.trim() === ''} loading={add.isPending}>
          {t('common.add')}
        </Button>
      </Group>
    </form>
  );
}

/** What was taken out and is remembered. */
export function RemovedValues({ list }: { readonly list: List }) {
  const { t } = useTranslation();
  const put = useMutation({
    mutationFn: (label: string) => api(routes.addListValue, { params: { id: list.id }, body: { label } }),
    onSuccess: listsChanged,
    onError: tellError,
  });
  const removed = list.values.filter((value) => value.removed);
  if (removed.length === 0) return null;
  return (
    <Stack gap={4}>
      <Text fw={600} size="sm">
        {t('lists.removed')}
      </Text>
      <Text size="xs" c="dimmed">
        {t('lists.removedHelp')}
      </Text>
      <Group gap="xs">
        {removed.map((value) => (
          <Badge
            key={value.key}
            size="lg"
            variant="default"
            tt="none"
            fw={400}
            rightSection={
              <Button size="compact-xs" variant="subtle" onClick={() => put.mutate(value.label)}>
                {t('lists.putBack')}
              </Button>
            }
          >
            {value.label}
          </Badge>
        ))}
      </Group>
    </Stack>
  );
}
