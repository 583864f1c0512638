import { Alert, Button, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { IconCopy } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { number, percent, when } from '../../i18n.ts';
import { tell, tellError } from '../../ui/feedback.tsx';
import { copyText, planMarkdown } from './plan-markdown.ts';
import type { Run } from './queries.ts';
import { runTitle } from './run-line.tsx';

/** A plan of both directions: what it would cost, how long it holds, and the button that carries it out. */
export function Plan(props: {
  readonly run: Run;
  readonly onHalf: (id: string) => void;
  readonly onApproved: () => void;
}) {
  const { t } = useTranslation();
  const { run } = props;
  const together = useQuery({
    queryKey: ['run', 'batch', run.batch, run.status],
    queryFn: () => api(routes.runs, { query: { batch: run.batch } }),
    refetchInterval: ({ state }) =>
      state.data?.items.some((one) => one.status === 'queued' || one.status === 'running') === true ? 700 : false,
  });
  const halves = together.data?.items ?? [run];
  const isReady = halves.every((one) => one.status === 'succeeded');
  const approve = useMutation({
    mutationFn: () => api(routes.approve, { params: { id: run.id }, body: {} }),
    onSuccess: () => {
      tell(t('history.started'));
      void queryClient.invalidateQueries({ queryKey: ['runs'] });
      props.onApproved();
    },
    onError: tellError,
  });
  const copy = useMutation({
    mutationFn: async () => copyText(await planMarkdown(t, halves)),
    onSuccess: () => tell(t('history.copied')),
    onError: tellError,
  });
  const calls = halves.reduce((sum, one) => sum + (one.cost?.calls ?? 0), 0);
  const seconds = halves.reduce((sum, one) => sum + (one.cost?.seconds ?? 0), 0);
  const calculated = halves.reduce((sum, one) => sum + (one.cost?.calculated ?? 0), 0);
  // Both halves spend the same day's calls.
  const shares = halves.flatMap((one) => one.cost?.ofDailyQuota ?? []);
  const share = shares.reduce((sum, one) => sum + one, 0);
  const cost = [
    t('history.planCost', { calls: number(calls), seconds: number(seconds) }),
    ...(shares.length === 0 ? [] : [t('history.planShare', { percent: percent(share) })]),
    ...(calculated === 0 ? [] : [t('history.planCalculated', { count: calculated })]),
    t('history.planExpires', { when: when(run.expiresAt, '') }),
  ].join(' ');
  return (
    <Stack gap="sm">
      {halves.length > 1 && (
        <SegmentedControl
          value={run.id}
          onChange={props.onHalf}
          data={halves.map((one) => ({ value: one.id, label: runTitle(t, one) }))}
          aria-label={t('history.plan')}
        />
      )}
      <Alert title={t('history.planOf', { name: run.connection })}>
        <Stack gap="xs">
          <Text size="sm">{isReady ? cost : t('history.previewing')}</Text>
          <Group gap="xs">
            <Button size="xs" onClick={() => approve.mutate()} loading={approve.isPending} disabled={!isReady}>
              {t('history.approve')}
            </Button>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconCopy size={14} />}
              onClick={() => copy.mutate()}
              loading={copy.isPending}
              disabled={!isReady}
            >
              {t('history.copyMarkdown')}
            </Button>
          </Group>
        </Stack>
      </Alert>
    </Stack>
  );
}
