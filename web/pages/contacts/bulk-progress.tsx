import { Button, CloseButton, Group, Paper, Progress, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { api, queryClient, routes } from '../../api/client.ts';
import { number } from '../../i18n.ts';
import { meQuery } from '../../routes.tsx';
import { tellError } from '../../ui/feedback.tsx';
import { useFieldName } from '../crm/field-name.ts';

type BulkChange = z.output<typeof routes.bulkChange.response>;

/**
 * Changes of many contacts that are on their way or were stopped; one that was begun here, or seen on its way, says what it
 * did.
 */
export function BulkProgress({ begun }: { readonly begun: readonly string[] }) {
  const { data: me } = useQuery(meQuery);
  const [seen, setSeen] = useState<readonly string[]>([]);
  const [closed, setClosed] = useState<readonly string[]>([]);
  const changes = useQuery({
    queryKey: ['bulk-changes'],
    queryFn: () => api(routes.bulkChanges, { query: { limit: 10 } }),
    enabled: me?.scopes.includes('contacts:write') === true,
    refetchInterval: (query) =>
      query.state.data?.items.some((one) => one.status === 'running') === true ? 700 : false,
  });
  const items = changes.data?.items ?? [];
  const running = items.filter((one) => one.status === 'running' && !seen.includes(one.id)).map((one) => one.id);
  if (running.length > 0) setSeen([...seen, ...running]);
  const ended = items.filter((one) => one.status !== 'running' && (seen.includes(one.id) || begun.includes(one.id)));
  const key = ended.map((one) => one.id).join();
  // When one of them has come to its end, the list is another.
  useEffect(() => {
    if (key === '') return;
    for (const changed of ['contacts', 'status']) void queryClient.invalidateQueries({ queryKey: [changed] });
  }, [key]);
  return items
    .filter((one) => one.status !== 'done' || (ended.includes(one) && !closed.includes(one.id)))
    .map((one) => <OneChange key={one.id} change={one} onClose={() => setClosed([...closed, one.id])} />);
}

function OneChange({ change, onClose }: { readonly change: BulkChange; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const nameOf = useFieldName();
  const turn = useMutation({
    mutationFn: (route: 'stopBulkChange' | 'resumeBulkChange') => api(routes[route], { params: { id: change.id } }),
    onSettled: () => void queryClient.invalidateQueries({ queryKey: ['bulk-changes'] }),
    onError: tellError,
  });
  const reached = change.total - change.left;
  const title = t(`segments.bulk.${change.action}`, {
    count: change.total,
    field: change.field === null ? '' : nameOf(change.field),
  });
  return (
    <Paper withBorder p="sm" data-bulk={change.status}>
      <Stack gap={6}>
        <Group justify="space-between" wrap="nowrap">
          <Text size="sm" fw={600}>
            {title}
          </Text>
          {change.status === 'done' && <CloseButton size="sm" aria-label={t('common.close')} onClick={onClose} />}
        </Group>
        {change.status !== 'done' && (
          <Progress
            value={change.total === 0 ? 100 : (100 * reached) / change.total}
            animated={change.status === 'running'}
            aria-label={title}
          />
        )}
        <Group justify="space-between">
          <Text size="sm" c="dimmed" role="status">
            {[
              change.status === 'done'
                ? t('segments.changed', { count: change.changed })
                : t('segments.bulk.progress', { done: number(reached), total: number(change.total) }),
              ...(change.refused === 0
                ? []
                : [`${t('segments.refused', { count: change.refused })} ${change.reason ?? ''}`]),
            ].join(' · ')}
          </Text>
          {change.status !== 'done' && (
            <Button
              size="xs"
              variant="default"
              loading={turn.isPending}
              onClick={() => turn.mutate(change.status === 'running' ? 'stopBulkChange' : 'resumeBulkChange')}
            >
              {t(change.status === 'running' ? 'segments.bulk.stop' : 'segments.bulk.resume')}
            </Button>
          )}
        </Group>
      </Stack>
    </Paper>
  );
}
