import { Alert, Button, Group, Progress, Stack, Text, Tooltip } from '@mantine/core';
import { IconArrowsExchange, IconLinkOff } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { number, when } from '../../i18n.ts';
import { meQuery } from '../../routes.tsx';
import { tell, tellError } from '../../ui/feedback.tsx';
import { useFieldName } from './field-name.ts';
import type { Connection } from './queries.ts';

const refresh = (): void => {
  for (const key of ['connections', 'runs']) void queryClient.invalidateQueries({ queryKey: [key] });
};

/** What is not everywhere yet: a changed mapping or filter (R36), links that hold the public address of before (R24). */
export function BacklogBars({ connection }: { readonly connection: Connection }) {
  return (
    <>
      <BacklogBar connection={connection} />
      <LinksOffer connection={connection} />
    </>
  );
}

/** How far a change of the settings is; it goes when everything is in line, or when somebody hides it. */
function BacklogBar({ connection }: { readonly connection: Connection }) {
  const { t } = useTranslation();
  const { health, id } = connection;
  const { backlog } = health;
  const what = useWhatChanged(connection);
  const start = useMutation({
    mutationFn: (mode: 'changes' | 'full') => api(routes.startRuns, { params: { id }, body: { mode } }),
    onSuccess: () => {
      tell(t('backlog.started'));
      refresh();
    },
    onError: tellError,
  });
  const dismiss = useMutation({
    mutationFn: () => api(routes.dismissBacklog, { params: { id } }),
    onSuccess: refresh,
    onError: tellError,
  });
  if (backlog === null) return null;
  const mayRun = connection.enabled && connection.pausedReason === null;
  const isLeft = backlog.done < backlog.total;
  return (
    <Alert color="blue" variant="light" icon={<IconArrowsExchange size={18} />} data-backlog={backlog.total}>
      <Stack gap="xs">
        {isLeft && (
          <>
            <Text fw={600}>{t('backlog.progress', { done: number(backlog.done), total: number(backlog.total) })}</Text>
            <Progress
              value={backlog.total === 0 ? 0 : (100 * backlog.done) / backlog.total}
              aria-label={t('backlog.bar', { name: connection.name })}
              size="md"
            />
          </>
        )}
        <Text size="sm">
          {t('backlog.why', { when: when(backlog.since, ''), what })}{' '}
          {isLeft && t('backlog.cost', { count: backlog.calls, calls: number(backlog.calls) })}{' '}
          {isLeft && <When connection={connection} />}
        </Text>
        {backlog.needsFullRead && <Text size="sm">{t('backlog.full')}</Text>}
        <Group gap="xs">
          {isLeft && mayRun && !isRunning(connection) && (
            <Button size="xs" loading={start.isPending} onClick={() => start.mutate('changes')}>
              {t('backlog.now')}
            </Button>
          )}
          {backlog.needsFullRead && mayRun && (
            <Button size="xs" loading={start.isPending} onClick={() => start.mutate('full')}>
              {t('backlog.fullNow')}
            </Button>
          )}
          <Tooltip label={t('backlog.dismissHelp')} multiline maw={300}>
            <Button size="xs" variant="default" loading={dismiss.isPending} onClick={() => dismiss.mutate()}>
              {t('backlog.dismiss')}
            </Button>
          </Tooltip>
        </Group>
      </Stack>
    </Alert>
  );
}

const isRunning = ({ health }: Connection): boolean =>
  health.lastRun !== null && ['running', 'queued'].includes(health.lastRun.status);

/** When the rest comes: at once, at its time, or after somebody has let the connection go on. */
function When({ connection }: { readonly connection: Connection }) {
  const { t } = useTranslation();
  if (!connection.enabled) return t('backlog.off');
  if (isRunning(connection)) return t('backlog.running');
  const { nextRunAt } = connection.health;
  return connection.pausedReason === null && nextRunAt !== null
    ? t('backlog.next', { next: when(nextRunAt, '') })
    : t('backlog.waits');
}

/** The changed fields by their names, and what else was changed. */
function useWhatChanged(connection: Connection): string {
  const { t } = useTranslation();
  const nameOf = useFieldName();
  const backlog = connection.health.backlog;
  if (backlog === null) return '';
  const hub = backlog.lines.map((line) => line.split(':')[1] ?? line);
  const names = [...new Set(hub)].map(nameOf);
  const parts = [...names, ...backlog.also.map((one) => t(`backlog.${one}`))];
  return parts.length === 0 ? t('backlog.other') : parts.join(', ');
}

/** The offer to rewrite links that hold another public address than ours; nothing happens without the click. */
function LinksOffer({ connection }: { readonly connection: Connection }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const { links } = connection.health;
  const rewrite = useMutation({
    mutationFn: () => api(routes.rewriteLinks, { params: { id: connection.id } }),
    onSuccess: ({ people }) => {
      tell(t('backlog.linksStarted', { count: people, number: number(people) }));
      refresh();
    },
    onError: tellError,
  });
  if (links === null) return null;
  const params = {
    ...links,
    number: number(links.count),
    calls: number(links.calls),
    name: connection.name,
  };
  return (
    <Alert
      color="orange"
      variant="light"
      icon={<IconLinkOff size={18} />}
      title={t('backlog.linksTitle', params)}
      data-stale-links={links.count}
    >
      <Stack gap="xs">
        <Text size="sm">
          {t('backlog.linksText', params)} {t('backlog.linksCost', { ...params, count: links.calls })}
        </Text>
        {me?.scopes.includes('connections:write') === true ? (
          <Button
            size="xs"
            w="fit-content"
            loading={rewrite.isPending}
            onClick={() => {
              if (window.confirm(t('backlog.linksSure', params))) rewrite.mutate();
            }}
          >
            {t('backlog.linksGo')}
          </Button>
        ) : (
          <Text size="sm" c="dimmed">
            {t('backlog.linksAdmin')}
          </Text>
        )}
      </Stack>
    </Alert>
  );
}
