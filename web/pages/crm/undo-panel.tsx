import { Alert, Anchor, Button, Checkbox, Group, Menu, Stack, Text } from '@mantine/core';
import { IconArrowBackUp } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { meQuery } from '../../routes.tsx';
import { tell, tellError } from '../../ui/feedback.tsx';
import { type Connection, connectionsQuery, type Run } from './queries.ts';

const refresh = (): void => {
  for (const key of ['runs', 'run', 'items', 'connections', 'undo-held'])
    void queryClient.invalidateQueries({ queryKey: [key] });
};

export const useConnectionOf = (run: Pick<Run, 'connectionId'>): Connection | undefined =>
  useQuery(connectionsQuery).data?.items.find((one) => one.id === run.connectionId);

const hasEnded = (run: Run): boolean => run.endedAt !== null && run.guard === null;

/** Of an ordinary run: the way to its undoing, or what was taken back of it. */
export function UndoOffer({ run, onOpen }: { readonly run: Run; readonly onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const ask = useMutation({
    mutationFn: () => api(routes.undoRun, { params: { id: run.id } }),
    onSuccess: (plan) => onOpen(plan.id),
    onError: tellError,
  });
  if (run.dryRun || run.undo !== null || !hasEnded(run)) return null;
  const did = run.counts.created + run.counts.updated > 0;
  const mayUndo = did && me?.scopes.includes('sync:write') === true;
  const { undone } = run;
  if (!mayUndo && undone === null) return null;
  return (
    <Group gap="sm">
      {undone !== null && (
        <Anchor component="button" type="button" size="sm" onClick={() => onOpen(undone.run)}>
          {t('undo.openUndo')}
        </Anchor>
      )}
      {mayUndo && (
        <Button
          size="xs"
          variant="default"
          leftSection={<IconArrowBackUp size={14} />}
          loading={ask.isPending}
          onClick={() => ask.mutate()}
        >
          {t(undone === null ? 'undo.button' : 'undo.again')}
        </Button>
      )}
    </Group>
  );
}

/** The plan of an undo: what it means, what has to be ticked, and the button that carries it out. */
export function UndoPlan({ run, onApproved }: { readonly run: Run; readonly onApproved: (id: string) => void }) {
  const { t } = useTranslation();
  const connection = useConnectionOf(run);
  const [deleteCreated, setDeleteCreated] = useState(false);
  const crm = connection?.crmLabel ?? run.connection;
  const approve = useMutation({
    mutationFn: () => api(routes.approve, { params: { id: run.id }, body: { deleteCreated } }),
    onSuccess: ({ runs: [made] }) => {
      tell(t('undo.started'));
      refresh();
      if (made !== undefined) onApproved(made.id);
    },
    onError: tellError,
  });
  const isReady = run.status === 'succeeded';
  const made = run.direction === 'toCrm' ? run.counts.created : 0;
  const total = run.counts.updated + (run.direction === 'toHub' || deleteCreated ? run.counts.created : 0);
  return (
    <Alert title={t('undo.planTitle')} icon={<IconArrowBackUp size={20} />}>
      <Stack gap="xs">
        <Text size="sm">{t('undo.planText', { context: run.direction === 'toHub' ? 'hub' : 'crm', crm })}</Text>
        <Text size="sm">{t('undo.planAfter')}</Text>
        {isReady && made > 0 && (
          <Checkbox
            checked={deleteCreated}
            onChange={(event) => setDeleteCreated(event.currentTarget.checked)}
            label={t('undo.deleteCreated', { count: made, crm })}
            description={t('undo.deleteHelp')}
          />
        )}
        {isReady && total + made === 0 && <Text size="sm">{t('undo.nothing')}</Text>}
        <Group>
          <Button
            size="xs"
            color="red"
            onClick={() => approve.mutate()}
            loading={approve.isPending}
            disabled={!isReady || total === 0}
          >
            {t('undo.carryOut')}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

/** What an undo came to: that the schedule waits, what is held, and the ways out of both. */
export function UndoDone({ run, onOpen }: { readonly run: Run; readonly onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const connection = useConnectionOf(run);
  const { data: me } = useQuery(meQuery);
  const mayAct = me?.scopes.includes('sync:write') === true;
  const held = useQuery({
    queryKey: ['undo-held', run.id, run.status],
    queryFn: () => api(routes.heldByRun, { params: { id: run.id } }),
    enabled: run.endedAt !== null,
  });
  const goOn = useMutation({
    mutationFn: () => api(routes.goOn, { params: { id: run.connectionId } }),
    onSuccess: () => {
      tell(t('undo.goesOn'));
      refresh();
    },
    onError: tellError,
  });
  const release = useMutation({
    mutationFn: (counts: 'hub' | 'crm') => api(routes.releaseRun, { params: { id: run.id }, body: { counts } }),
    onSuccess: () => {
      tell(t('undo.released'));
      refresh();
    },
    onError: tellError,
  });
  const { undo } = run;
  if (undo === null) return null;
  const isHolding = held.data !== undefined && held.data.fields + held.data.people > 0;
  const crm = connection?.crmLabel ?? run.connection;
  return (
    <Alert title={t('undo.doneTitle')} icon={<IconArrowBackUp size={20} />} color="gray">
      <Stack gap="xs">
        <Anchor component="button" type="button" size="sm" ta="left" onClick={() => onOpen(undo.of)}>
          {t('undo.openRun')}
        </Anchor>
        {run.counts.deferred > 0 && <Text size="sm">{t('undo.deferred', { count: run.counts.deferred })}</Text>}
        {held.data !== undefined && (
          <Text size="sm">
            {isHolding
              ? t('undo.held', {
                  fields: t('undo.fields', { count: held.data.fields }),
                  people: t('undo.heldPeople', { count: held.data.people }),
                })
              : t('undo.nothingHeld')}
          </Text>
        )}
        {connection?.pausedReason === 'undone' && <Text size="sm">{t('undo.waits')}</Text>}
        {mayAct && (
          <Group gap="xs">
            {connection?.pausedReason === 'undone' && run.endedAt !== null && (
              <Button size="xs" loading={goOn.isPending} onClick={() => goOn.mutate()}>
                {t('undo.goOn')}
              </Button>
            )}
            {isHolding && (
              <Menu position="bottom-start" withArrow>
                <Menu.Target>
                  <Button size="xs" variant="default" loading={release.isPending}>
                    {t('undo.release')}
                  </Button>
                </Menu.Target>
                <Menu.Dropdown>
                  <Menu.Label>{t('undo.releaseHub')}</Menu.Label>
                  <Menu.Item onClick={() => release.mutate('hub')}>{t('undo.keepHere', { crm })}</Menu.Item>
                  <Menu.Item onClick={() => release.mutate('crm')}>{t('undo.keepThere', { crm })}</Menu.Item>
                </Menu.Dropdown>
              </Menu>
            )}
          </Group>
        )}
      </Stack>
    </Alert>
  );
}
