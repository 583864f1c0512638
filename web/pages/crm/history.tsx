import { Divider, Group, Stack, Text } from '@mantine/core';
import { IconClock } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { api, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import { crmRoute, meQuery } from '../../routes.tsx';
import { Empty, Failed, Loading } from '../../ui/feedback.tsx';
import { MoreButton } from '../../ui/more-button.tsx';
import { ConnectionSwitch } from './connection-switch.tsx';
import type { Connection } from './queries.ts';
import { ReportDrawer } from './report-drawer.tsx';
import { RunDrawer } from './run-drawer.tsx';
import { RunLine } from './run-line.tsx';
import { SynchroniseButton } from './synchronise-button.tsx';

/** Tab B. One line is one direction; the numbers open the people concerned. */
export function HistoryTab(props: {
  readonly connections: readonly Connection[];
  readonly chosen: string | undefined;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: crmRoute.fullPath });
  const search = crmRoute.useSearch();
  const chosen = props.connections.find((one) => one.name === props.chosen);
  const shown = chosen === undefined ? props.connections : [chosen];
  const runs = useInfiniteQuery({
    queryKey: ['runs', chosen?.id ?? 'all'],
    queryFn: ({ pageParam }) =>
      api(routes.runs, {
        query: {
          fold: 'hour',
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
    <Stack gap="sm">
      <Group justify="space-between" align="flex-start">
        <ConnectionSwitch connections={props.connections} chosen={chosen?.name} tab="history" withAll />
        <SynchroniseButton connections={shown} />
      </Group>
      <div className="next-row">
        {shown.map((one) => (
          <NextLine key={one.id} connection={one} alone={props.connections.length === 1} />
        ))}
      </div>
      {runs.error !== null && <Failed error={runs.error} retry={() => void runs.refetch()} />}
      {runs.isPending && <Loading />}
      {runs.data !== undefined && list.length === 0 && (
        <Empty title={t('history.empty')} text={t('history.emptyText')} />
      )}
      {since !== null && list.length > 0 && (
        <Divider
          label={t(firstOld === 0 ? 'history.nothingNew' : 'history.new', { when: when(since, '') })}
          labelPosition="left"
        />
      )}
      {list.map((run, index) => (
        <Fragment key={run.id}>
          {index === firstOld && index > 0 && <Divider label={t('history.before')} labelPosition="left" />}
          <RunLine run={run} connection={props.connections.find((one) => one.id === run.connectionId)} />
        </Fragment>
      ))}
      <MoreButton of={runs} />
      {search.run !== undefined && (
        <RunDrawer
          runId={search.run}
          outcome={search.outcome}
          onClose={() => void navigate({ search: ({ run: _run, outcome: _outcome, ...rest }) => rest })}
        />
      )}
      {search.report !== undefined && search.run === undefined && (
        <ReportDrawer
          reportId={search.report}
          direction={search.direction}
          outcome={search.outcome}
          onClose={() =>
            void navigate({
              search: ({ report: _report, direction: _direction, outcome: _outcome, ...rest }) => rest,
            })
          }
        />
      )}
    </Stack>
  );
}

/** "Next: 14:00, changes, both directions" */
function NextLine({ connection, alone }: { readonly connection: Connection; readonly alone: boolean }) {
  const { t } = useTranslation();
  const { name, enabled, health } = connection;
  const next = health.nextRunAt;
  return (
    <Group gap="xs" wrap="nowrap">
      <IconClock size={16} aria-hidden />
      <Text size="sm">
        {next !== null
          ? t(alone ? 'history.next' : 'history.nextOf', { name, when: when(next, '') })
          : enabled
            ? t('history.pausedOf', { name })
            : alone
              ? t('history.off')
              : t('history.offOf', { name })}
      </Text>
    </Group>
  );
}
