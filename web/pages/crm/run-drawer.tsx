import { Accordion, Alert, Anchor, Button, Drawer, Group, SegmentedControl, Stack, Table, Text } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { number } from '../../i18n.ts';
import { crmRoute } from '../../routes.tsx';
import { Failed, Loading, tell, tellError } from '../../ui/feedback.tsx';
import { GuardPanel } from './guard-panel.tsx';
import type { Item } from './queries.ts';

/** The people behind a number, each with what was changed, or why not. */
export function RunDrawer(props: {
  readonly runId: string;
  readonly outcome: string | undefined;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: crmRoute.fullPath });
  const run = useQuery({
    queryKey: ['run', props.runId],
    queryFn: () => api(routes.run, { params: { id: props.runId } }),
  });
  const first = (['created', 'updated', 'rejected'] as const).find(
    (one) => ((run.data?.guard?.would ?? run.data?.counts)?.[one] ?? 0) > 0,
  );
  const outcome = props.outcome ?? first ?? 'created';
  const items = useInfiniteQuery({
    queryKey: ['items', props.runId, outcome],
    queryFn: ({ pageParam }) =>
      api(routes.items, {
        params: { id: props.runId },
        query: { outcome, limit: 50, ...(pageParam === '' ? {} : { cursor: pageParam }) },
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const approve = useMutation({
    mutationFn: () => api(routes.approve, { params: { id: props.runId }, body: {} }),
    onSuccess: () => {
      tell(t('history.started'));
      void queryClient.invalidateQueries({ queryKey: ['runs'] });
      props.onClose();
    },
    onError: tellError,
  });
  const list = items.data?.pages.flatMap((page) => page.items) ?? [];
  const guard = run.data?.guard ?? null;
  const counts = guard?.would ?? run.data?.counts;
  return (
    <Drawer
      opened
      onClose={props.onClose}
      position="right"
      size="xl"
      title={
        run.data === undefined
          ? t('history.people')
          : run.data.direction === 'toHub'
            ? t('history.toHub', { name: run.data.connection })
            : t('history.toCrm', { name: run.data.connection })
      }
    >
      <Stack>
        {run.data !== undefined && guard !== null && <GuardPanel run={run.data} guard={guard} onDone={props.onClose} />}
        <SegmentedControl
          value={outcome}
          onChange={(value) => void navigate({ search: (before) => ({ ...before, outcome: value }) })}
          data={(['created', 'updated', 'rejected'] as const).map((value) => ({
            value,
            label: `${number(counts?.[value] ?? 0)} ${t(`history.${value}`)}`,
          }))}
        />
        {counts !== undefined && (
          <Text
            size="xs"
            c="dimmed"
          >{`${number(counts.seen)} ${t('history.seen')} · ${number(counts.unchanged)} ${t('history.unchanged')} · ${number(counts.filtered)} ${t('history.filtered')} · ${number(counts.deferred)} ${t('history.deferred')}`}</Text>
        )}
        {run.data?.dryRun === true && (
          <Alert title={t('history.plan')}>
            <Group justify="space-between">
              {`${number(run.data.cost?.calls ?? 0)} ${t('history.calls')}`}
              <Button size="xs" onClick={() => approve.mutate()}>
                {t('history.approve')}
              </Button>
            </Group>
          </Alert>
        )}
        {items.error !== null && <Failed error={items.error} />}
        {items.isPending && <Loading />}
        {items.data !== undefined && list.length === 0 && <Text c="dimmed">{t('history.nobody')}</Text>}
        <Accordion variant="separated" chevronPosition="left">
          {list.map((item) => (
            <ItemLine key={item.id} item={item} />
          ))}
        </Accordion>
        {items.hasNextPage && (
          <Button variant="subtle" onClick={() => void items.fetchNextPage()}>
            {t('common.more')}
          </Button>
        )}
      </Stack>
    </Drawer>
  );
}

function ItemLine({ item }: { readonly item: Item }) {
  const { t } = useTranslation();
  const note =
    item.message ?? (item.reason === null ? null : t(`history.reason.${item.reason}`, { defaultValue: item.reason }));
  return (
    <Accordion.Item value={String(item.id)} data-item={item.outcome}>
      <Accordion.Control>
        <Text size="sm" fw={600}>
          {item.name || item.email || item.crmId}
        </Text>
        <Text size="xs" c="dimmed">
          {item.email}
        </Text>
        {note !== null && (
          <Text size="sm" c={item.outcome === 'rejected' ? 'orange' : 'dimmed'}>
            {note}
          </Text>
        )}
      </Accordion.Control>
      <Accordion.Panel>
        <Stack gap="xs">
          <Group gap="md">
            {item.contactId !== null && (
              <Anchor
                size="sm"
                component={Link}
                {...({ to: '/contacts/$id', params: { id: item.contactId } } as object)}
              >
                {t('contacts.fields')}
              </Anchor>
            )}
            {item.crmUrl !== null && (
              <Anchor size="sm" href={item.crmUrl} target="_blank" rel="noreferrer">
                {item.crmId} <IconExternalLink size={12} />
              </Anchor>
            )}
          </Group>
          {item.changes.length === 0 ? (
            <Text size="sm" c="dimmed">
              {t('history.noChanges')}
            </Text>
          ) : (
            <Changes changes={item.changes} />
          )}
        </Stack>
      </Accordion.Panel>
    </Accordion.Item>
  );
}

export const shown = (value: unknown): string =>
  value === null || value === undefined || value === '' ? '–' : Array.isArray(value) ? value.join(', ') : String(value);

export function Changes(props: { readonly changes: Item['changes'] }) {
  const { t } = useTranslation();
  return (
    <Table fz="xs" className="from-to">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('history.field')}</Table.Th>
          <Table.Th>{t('history.beforeValue')}</Table.Th>
          <Table.Th>{t('history.afterValue')}</Table.Th>
          <Table.Th>{t('history.rule')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {props.changes.map((change) => (
          <Table.Tr key={change.field}>
            <Table.Td>{t(`field.${change.field}`, { defaultValue: change.field })}</Table.Td>
            <Table.Td>{shown(change.from)}</Table.Td>
            <Table.Td fw={600}>{shown(change.to)}</Table.Td>
            <Table.Td>{change.rule}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
