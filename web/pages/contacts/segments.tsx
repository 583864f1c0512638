import { ActionIcon, Button, Group, Menu, Modal, Stack, Text, TextInput } from '@mantine/core';
import { IconBookmark, IconPencil, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { api, queryClient, routes } from '../../api/client.ts';
import { meQuery } from '../../routes.tsx';
import { tell, tellError } from '../../ui/feedback.tsx';
import type { Filter } from './filter-bar.tsx';

type Segment = z.output<typeof routes.segments.response>['items'][number];
const refresh = (): void => void queryClient.invalidateQueries({ queryKey: ['segments'] });

/** The order of a condition's keys says nothing, nor whether a number stands as a text. */
const sameFilter = (a: Filter, b: Filter): boolean => {
  const key = (filter: Filter): string =>
    JSON.stringify(filter.map(({ field, op, value }) => [field, op, value === undefined ? null : String(value)]));
  return key(a) === key(b);
};

function useSave(onSaved: (segment: Segment) => void) {
  const { t } = useTranslation();
  return useMutation({
    mutationFn: (segment: { readonly id?: string; readonly name: string; readonly filter: Filter }) =>
      api(routes.saveSegment, { body: { ...segment, filter: [...segment.filter] } }),
    onSuccess: (saved) => {
      tell(t('segments.kept', { name: saved.name }));
      refresh();
      onSaved(saved);
    },
    onError: tellError,
  });
}

/** Filters under a name: chosen, made of what is set now, changed, renamed, forgotten. */
export function Segments(props: { readonly filter: Filter; readonly onChoose: (next: Filter) => void }) {
  const { filter, onChoose } = props;
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const segments = useQuery({ queryKey: ['segments'], queryFn: () => api(routes.segments) });
  const [name, setName] = useState('');
  const [lastId, setLastId] = useState<string | null>(null);
  const [isOrdering, setIsOrdering] = useState(false);
  const keep = useSave((saved) => {
    setName('');
    setLastId(saved.id);
  });
  const mayWrite = me?.scopes.includes('contacts:write') === true;
  const items = segments.data?.items ?? [];
  const current = items.find((one) => sameFilter(one.filter, filter));
  const last = items.find((one) => one.id === lastId);
  return (
    <>
      {items.length > 0 && (
        <Menu position="bottom-start" width={280}>
          <Menu.Target>
            <Button
              size="xs"
              variant={current === undefined ? 'default' : 'light'}
              leftSection={<IconBookmark size={14} />}
              maw={320}
            >
              {current === undefined ? t('segments.segments') : current.name}
            </Button>
          </Menu.Target>
          <Menu.Dropdown mah={360} style={{ overflowY: 'auto' }}>
            {items.map((one) => (
              <Menu.Item
                key={one.id}
                {...(one.id === current?.id ? { fw: 600 } : {})}
                style={{ overflowWrap: 'anywhere' }}
                onClick={() => {
                  setLastId(one.id);
                  onChoose(one.filter);
                }}
              >
                {one.name}
              </Menu.Item>
            ))}
            {mayWrite && (
              <>
                <Menu.Divider />
                <Menu.Item leftSection={<IconPencil size={14} />} onClick={() => setIsOrdering(true)}>
                  {t('segments.order')}
                </Menu.Item>
              </>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
      {filter.length > 0 && (
        <Button
          size="xs"
          variant="subtle"
          onClick={() => {
            setLastId(null);
            onChoose([]);
          }}
        >
          {t('segments.clear')}
        </Button>
      )}
      {mayWrite && filter.length > 0 && current === undefined && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            keep.mutate({ name, filter });
          }}
        >
          <Group gap={4}>
            {last !== undefined && (
              <Button
                size="xs"
                variant="light"
                loading={keep.isPending}
                onClick={() => keep.mutate({ id: last.id, name: last.name, filter })}
              >
                {t('segments.change', { name: last.name })}
              </Button>
            )}
            <TextInput
              size="xs"
              w={180}
              required
              maxLength={80}
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
      <Modal opened={isOrdering && items.length > 0} onClose={() => setIsOrdering(false)} title={t('segments.order')}>
        <Stack gap="xs">
          {items.map((one) => (
            <Line key={one.id} segment={one} />
          ))}
        </Stack>
      </Modal>
    </>
  );
}

/** Renamed on Enter or when its box is left; forgotten after a second click. */
function Line({ segment }: { readonly segment: Segment }) {
  const { t } = useTranslation();
  const [name, setName] = useState(segment.name);
  const [isAsking, setIsAsking] = useState(false);
  const save = useSave(() => undefined);
  const drop = useMutation({
    mutationFn: () => api(routes.deleteSegment, { params: { id: segment.id } }),
    onSuccess: refresh,
    onError: tellError,
  });
  const rename = (): void => {
    const next = name.trim();
    if (next === '') setName(segment.name);
    else if (next !== segment.name) save.mutate({ id: segment.id, name: next, filter: segment.filter });
  };
  if (isAsking)
    return (
      <Group gap="xs" justify="space-between" wrap="nowrap">
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {t('segments.forgetSure', { name: segment.name })}
        </Text>
        <Group gap={4} wrap="nowrap">
          <Button size="xs" variant="default" onClick={() => setIsAsking(false)}>
            {t('common.cancel')}
          </Button>
          <Button size="xs" color="red" loading={drop.isPending} onClick={() => drop.mutate()}>
            {t('common.remove')}
          </Button>
        </Group>
      </Group>
    );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        rename();
      }}
    >
      <Group gap="xs" wrap="nowrap">
        <TextInput
          style={{ flex: 1 }}
          maxLength={80}
          aria-label={t('segments.rename', { name: segment.name })}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          onBlur={rename}
        />
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t('segments.forget', { name: segment.name })}
          onClick={() => setIsAsking(true)}
        >
          <IconTrash size={16} />
        </ActionIcon>
      </Group>
    </form>
  );
}
