import { Button, Group, Menu, Text, Tooltip } from '@mantine/core';
import { IconChevronDown, IconRefresh } from '@tabler/icons-react';
import { useMutation, useQueries } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { percent } from '../../i18n.ts';
import { crmRoute } from '../../routes.tsx';
import { tell, tellError } from '../../ui/feedback.tsx';
import type { Connection } from './queries.ts';

/** The pink button: everybody, both directions, with what it costs; the menu has changes only, and a preview. */
export function SynchroniseButton(props: { readonly connections: readonly Connection[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: crmRoute.fullPath });
  const on = props.connections.filter((one) => one.enabled);
  const start = useMutation({
    mutationFn: (mode: 'full' | 'changes') =>
      Promise.all(on.map((one) => api(routes.startRuns, { params: { id: one.id }, body: { mode } }))),
    onSuccess: () => {
      tell(t('history.started'));
      void queryClient.invalidateQueries({ queryKey: ['runs'] });
    },
    onError: tellError,
  });
  const preview = useMutation({
    mutationFn: async (connection: Connection) => ({
      connection,
      ...(await api(routes.startRuns, { params: { id: connection.id }, body: { mode: 'full', dryRun: true } })),
    }),
    onSuccess: ({ connection, runs: [first] }) =>
      void navigate({
        search: {
          tab: 'history',
          connection: connection.name,
          ...(first === undefined ? {} : { run: first.id }),
        },
      }),
    onError: tellError,
  });
  const cost = useCost(on);
  return (
    <div className="synchronise">
      <Group gap={2} justify="flex-end" wrap="nowrap">
        <Tooltip label={on.length > 0 ? t('history.whenFull') : t('history.off')} multiline maw={320}>
          <Button
            leftSection={<IconRefresh size={16} />}
            onClick={() => start.mutate('full')}
            loading={start.isPending}
            disabled={on.length === 0}
          >
            {t('history.synchronise')}
          </Button>
        </Tooltip>
        <Menu position="bottom-end">
          <Menu.Target>
            <Button px={8} aria-label={t('history.menu')}>
              <IconChevronDown size={16} />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item disabled={on.length === 0} onClick={() => start.mutate('changes')}>
              {t('history.changesOnly')}
            </Menu.Item>
            {props.connections.map((one) => (
              <Menu.Item key={one.id} onClick={() => preview.mutate(one)}>
                {props.connections.length === 1 ? t('history.previewFull') : `${t('history.previewFull')}: ${one.name}`}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      </Group>
      <Text size="xs" c="dimmed" ta="right" mt={4} mih={18}>
        {cost}
      </Text>
    </div>
  );
}

function useCost(connections: readonly Connection[]): string {
  const { t } = useTranslation();
  const estimates = useQueries({
    queries: connections.map((one) => ({
      queryKey: ['estimate', one.id, one.version, one.countedAt],
      queryFn: () => api(routes.estimate, { params: { id: one.id } }),
      staleTime: 60_000,
    })),
  });
  const known = estimates.flatMap((one) => one.data ?? []);
  if (known.length === 0 || known.length < connections.length) return '';
  const calls = known.reduce((sum, one) => sum + one.calls, 0);
  const [only] = known;
  const share =
    known.length === 1 && only !== undefined && only.ofDailyQuota !== null
      ? ` ${t('history.fullCostShare', { percent: percent(only.ofDailyQuota) })}`
      : '';
  return `${t('history.fullCost', { count: calls })}${share}`;
}
