import { Alert, Button, Drawer, Group, Progress, Radio, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { number, shareDown, when } from '../../i18n.ts';
import { Failed, Loading, tell, tellError } from '../../ui/feedback.tsx';
import { type Comparison, comparisonsQuery, isRunning } from './parity-fact.tsx';
import { ParityPeople } from './parity-people.tsx';
import type { Connection } from './queries.ts';

const SAMPLE = 500;

/** Compares both sides of a connection and shows who differs, with each value and why (R90). */
export function ParityDrawer({
  connection,
  onClose,
}: {
  readonly connection: Connection;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(comparisonsQuery(connection.id));
  const [last] = data?.items ?? [];
  const shown = isRunning(last) ? last : (data?.items.find((one) => one.parity !== null) ?? last);
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="xl"
      title={t('parity.title', { name: connection.name })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack>
        <Text size="sm" c="dimmed">
          {t('parity.intro', { crm: connection.crmLabel })}
        </Text>
        {error !== null && <Failed error={error} retry={() => void refetch()} />}
        {data === undefined && error === null && <Loading />}
        {data !== undefined &&
          (isRunning(last) ? null : data.linked === 0 ? (
            <Text>{t('parity.nobody')}</Text>
          ) : (
            <Ask connection={connection} linked={data.linked} calls={data.calls} />
          ))}
        {last !== undefined && ['failed', 'paused', 'cancelled'].includes(last.status) && last.error !== null && (
          <Alert color="orange" variant="light">
            {t('parity.failed', { why: t(`why.error_${String(last.error['kind'] ?? 'internal')}`, { ...last.error }) })}
          </Alert>
        )}
        {shown !== undefined && <Result connection={connection} comparison={shown} />}
      </Stack>
    </Drawer>
  );
}

/** Everybody or a sample, with what it costs; a small connection has no need of a sample. */
function Ask(props: { readonly connection: Connection; readonly linked: number; readonly calls: number }) {
  const { t } = useTranslation();
  const { connection, linked, calls } = props;
  const { id, crmLabel: crm } = connection;
  const [whom, setWhom] = useState<string>('all');
  const compare = useMutation({
    mutationFn: () => api(routes.compare, { params: { id }, body: whom === 'all' ? {} : { sample: SAMPLE } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['parity', id] }),
    onError: tellError,
  });
  const cost = whom === 'all' ? calls : Math.ceil((calls * SAMPLE) / linked);
  return (
    <Stack gap="xs">
      {linked > SAMPLE && (
        <Radio.Group label={t('parity.who')} value={whom} onChange={setWhom}>
          <Stack gap={6} mt={4}>
            <Radio value="all" label={t('parity.all', { count: linked })} />
            <Radio value="sample" label={t('parity.sample', { count: SAMPLE })} />
          </Stack>
        </Radio.Group>
      )}
      <Group gap="sm">
        <Button loading={compare.isPending} onClick={() => compare.mutate()}>
          {t('parity.compare')}
        </Button>
        <Text size="sm" c="dimmed">
          {t('parity.cost', { count: cost, calls: number(cost), crm })}
        </Text>
      </Group>
    </Stack>
  );
}

function Result({ connection, comparison }: { readonly connection: Connection; readonly comparison: Comparison }) {
  const { t } = useTranslation();
  const { compared, equal, linked, sample, parity } = comparison;
  const stop = useMutation({
    mutationFn: () => api(routes.cancel, { params: { id: comparison.id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['parity', connection.id] }),
    onError: tellError,
  });
  if (isRunning(comparison)) {
    const total = Math.min(linked, sample ?? linked);
    return (
      <Stack gap="xs">
        <Progress value={total === 0 ? 100 : (100 * compared) / total} animated aria-label={t('parity.compare')} />
        <Group justify="space-between">
          <Text size="sm">{t('parity.running', { done: number(compared), total: number(total) })}</Text>
          <Button size="xs" variant="default" loading={stop.isPending} onClick={() => stop.mutate()}>
            {t('parity.stop')}
          </Button>
        </Group>
      </Stack>
    );
  }
  if (parity === null) return null;
  return (
    <Stack data-parity={parity}>
      <div>
        <Text fz={32} fw={700} lh={1.2}>
          {t('parity.share', { share: shareDown(parity) })}
        </Text>
        <Text>
          {t(sample === null ? 'parity.of' : 'parity.ofSample', {
            count: equal,
            equal: number(equal),
            compared: number(compared),
            linked: number(linked),
          })}
        </Text>
        <Text size="sm" c="dimmed">
          {t('parity.at', {
            when: when(comparison.endedAt, ''),
            count: comparison.apiCalls,
            number: number(comparison.apiCalls),
          })}
        </Text>
      </div>
      {equal === compared ? (
        <Alert color="green" variant="light">
          {t('parity.allSame')}
        </Alert>
      ) : (
        <>
          <Repair connection={connection} comparison={comparison} />
          <ParityPeople connection={connection} comparison={comparison} />
        </>
      )}
    </Stack>
  );
}

/** What nothing explains is looked at again by the rules. */
function Repair({ connection, comparison }: { readonly connection: Connection; readonly comparison: Comparison }) {
  const { t } = useTranslation();
  const repair = useMutation({
    mutationFn: () => api(routes.repairMissed, { params: { id: connection.id, comparison: comparison.id } }),
    onSuccess: ({ people }) => {
      tell(t('parity.repaired', { count: people }));
      void queryClient.invalidateQueries({ queryKey: ['connections'] });
    },
    onError: tellError,
  });
  if ((comparison.people.missed ?? 0) === 0) return null;
  return (
    <Button w="fit-content" variant="light" loading={repair.isPending} onClick={() => repair.mutate()}>
      {t('parity.repair')}
    </Button>
  );
}
