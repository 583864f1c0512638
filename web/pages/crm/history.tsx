import { Anchor, Badge, Button, Divider, Group, Menu, Progress, Select, Stack, Text, Tooltip } from '@mantine/core';
import { IconChevronDown, IconRefresh } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { number, when } from '../../i18n.ts';
import { crmRoute, meQuery } from '../../routes.tsx';
import { Empty, Failed, Loading, tell, tellError } from '../../ui/feedback.tsx';
import { Mark } from '../../ui/mark.tsx';
import { useGuardSentence } from './guard-panel.tsx';
import type { Connection, Run } from './queries.ts';
import { RunDrawer } from './run-drawer.tsx';

/** One line is one direction; the numbers open the people concerned. */
export function HistoryTab(props: {
  readonly connections: readonly Connection[];
  readonly chosen: string | undefined;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: crmRoute.fullPath });
  const search = crmRoute.useSearch();
  const chosen = props.connections.find((one) => one.name === props.chosen);
  const runs = useInfiniteQuery({
    queryKey: ['runs', chosen?.id ?? 'all'],
    queryFn: ({ pageParam }) =>
      api(routes.runs, {
        query: {
          limit: 40,
          ...(chosen === undefined ? {} : { connection: chosen.id }),
          ...(pageParam === '' ? {} : { cursor: pageParam }),
        },
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const { data: me } = useQuery(meQuery);
  const list = runs.data?.pages.flatMap((page) => page.items) ?? [];
  const since = me?.previousSignInAt ?? null;
  const firstOld = since === null ? -1 : list.findIndex((run) => run.createdAt < since);
  return (
    <Stack>
      <Group justify="space-between">
        <Select
          w={260}
          data={[
            { value: '', label: t('crm.all') },
            ...props.connections.map((one) => ({ value: one.name, label: one.name })),
          ]}
          value={chosen?.name ?? ''}
          onChange={(name) => void navigate({ search: { tab: 'history', ...(name ? { connection: name } : {}) } })}
          allowDeselect={false}
          aria-label={t('crm.all')}
        />
        <SynchroniseButton connections={chosen === undefined ? props.connections : [chosen]} />
      </Group>
      <NextLine connections={chosen === undefined ? props.connections : [chosen]} />
      {runs.error !== null && <Failed error={runs.error} retry={() => void runs.refetch()} />}
      {runs.isPending && <Loading />}
      {runs.data !== undefined && list.length === 0 && (
        <Empty title={t('history.empty')} text={t('history.emptyText')} />
      )}
      {since !== null && firstOld !== 0 && list.length > 0 && (
        <Divider label={t('history.new', { when: when(since, '') })} labelPosition="left" />
      )}
      {list.map((run, index) => (
        <Fragment key={run.id}>
          {index === firstOld && <Divider label={t('history.before')} labelPosition="left" />}
          <RunLine run={run} crm={props.connections.find((one) => one.id === run.connectionId)} />
        </Fragment>
      ))}
      {runs.hasNextPage && (
        <Button variant="subtle" onClick={() => void runs.fetchNextPage()} loading={runs.isFetchingNextPage}>
          {t('common.more')}
        </Button>
      )}
      {search.run !== undefined && (
        <RunDrawer
          runId={search.run}
          outcome={search.outcome}
          onClose={() => void navigate({ search: ({ run: _run, outcome: _outcome, ...rest }) => rest })}
        />
      )}
    </Stack>
  );
}

function NextLine(props: { readonly connections: readonly Connection[] }) {
  const { t } = useTranslation();
  const next = props.connections.flatMap((one) => one.health.nextRunAt ?? []).sort()[0];
  return (
    <Text c="dimmed" size="sm">
      {next === undefined ? t('history.off') : t('history.next', { when: when(next, '') })}
    </Text>
  );
}

function SynchroniseButton(props: { readonly connections: readonly Connection[] }) {
  const { t } = useTranslation();
  const start = useMutation({
    mutationFn: (wish: { readonly mode: 'full' | 'changes'; readonly dryRun?: boolean }) =>
      Promise.all(
        props.connections
          .filter((one) => one.enabled || wish.dryRun === true)
          .map((one) => api(routes.startRuns, { params: { id: one.id }, body: wish })),
      ),
    onSuccess: () => {
      tell(t('history.started'));
      void queryClient.invalidateQueries({ queryKey: ['runs'] });
    },
    onError: tellError,
  });
  const canRun = props.connections.some((one) => one.enabled);
  return (
    <Group gap={2}>
      <Tooltip label={t('history.off')} disabled={canRun}>
        <Button
          leftSection={<IconRefresh size={16} />}
          onClick={() => start.mutate({ mode: 'full' })}
          loading={start.isPending}
          disabled={!canRun}
        >
          {t('history.synchronise')}
        </Button>
      </Tooltip>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button px={8} aria-label={t('history.changesOnly')}>
            <IconChevronDown size={16} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item disabled={!canRun} onClick={() => start.mutate({ mode: 'changes' })}>
            {t('history.changesOnly')}
          </Menu.Item>
          <Menu.Item onClick={() => start.mutate({ mode: 'full', dryRun: true })}>{t('history.previewFull')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}

const STATUS_COLOURS: Readonly<Record<Run['status'], string>> = {
  queued: 'gray',
  running: 'blue',
  succeeded: 'green',
  failed: 'red',
  cancelled: 'gray',
  paused: 'orange',
};

function RunLine({ run, crm }: { readonly run: Run; readonly crm: Connection | undefined }) {
  const { t } = useTranslation();
  const isLive = run.status === 'running' || run.status === 'queued';
  return (
    <div className="run-row" data-run={run.id} data-status={run.status}>
      <Group justify="space-between" gap="sm">
        <Group gap="sm" wrap="nowrap">
          <Mark id={crm?.crm ?? ''} label={crm?.crmLabel ?? '?'} />
          <Stack gap={0}>
            <Text fw={600} size="sm">
              {run.direction === 'toHub'
                ? t('history.toHub', { name: run.connection })
                : t('history.toCrm', { name: run.connection })}
            </Text>
            <Text
              size="xs"
              c="dimmed"
            >{`${when(run.startedAt ?? run.createdAt, '')} · ${t(`history.${run.mode}`)} · ${t(`history.trigger.${run.trigger}`)} · ${number(run.apiCalls)} ${t('history.calls')}`}</Text>
          </Stack>
        </Group>
        <Group gap="md">
          <Counts run={run} />
          <Badge variant="light" color={STATUS_COLOURS[run.status]}>
            {t(`history.${run.status}`)}
          </Badge>
        </Group>
      </Group>
      {isLive && <Progress mt={8} size="xs" value={100} animated striped />}
      {run.guard !== null && <HeldLine run={run} guard={run.guard} />}
      {run.error !== null && (
        <Text size="sm" c="red" mt={6}>
          {String(run.error['message'] ?? '')}
        </Text>
      )}
    </div>
  );
}

/** A run that waits for a person says why, and opens. */
function HeldLine({ run, guard }: { readonly run: Run; readonly guard: NonNullable<Run['guard']> }) {
  const { t } = useTranslation();
  const sentence = useGuardSentence();
  return (
    <Group gap="sm" mt={6}>
      <Text size="sm" c="orange" flex="1 1 300px">
        {sentence(guard)}
      </Text>
      <Button
        size="compact-xs"
        variant="light"
        color="orange"
        component={Link}
        {...({ to: '/crm', search: (before: object) => ({ ...before, run: run.id }) } as object)}
      >
        {t('guard.lookAt')}
      </Button>
    </Group>
  );
}

function Counts({ run }: { readonly run: Run }) {
  const { t } = useTranslation();
  const { counts } = run;
  const colour = { created: 'green', updated: 'blue', rejected: 'orange' } as const;
  return (
    <Group gap="sm">
      {(['created', 'updated', 'rejected'] as const).map((outcome) => (
        <Anchor
          key={outcome}
          component={Link}
          {...({ to: '/crm', search: (before: object) => ({ ...before, run: run.id, outcome }) } as object)}
          className="number-link"
          c={counts[outcome] === 0 ? 'dimmed' : colour[outcome]}
          size="sm"
        >
          <b>{number(counts[outcome])}</b> {t(`history.${outcome}`)}
        </Anchor>
      ))}
      {counts.conflicts > 0 && (
        <Text size="sm" c="dimmed">{`${number(counts.conflicts)} ${t('history.conflictsCount')}`}</Text>
      )}
    </Group>
  );
}
