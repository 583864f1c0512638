import { Accordion, Badge, Drawer, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { api, routes } from '../../api/client.ts';
import { number } from '../../i18n.ts';
import { crmRoute } from '../../routes.tsx';
import { Failed, Loading } from '../../ui/feedback.tsx';
import { MoreButton } from '../../ui/more-button.tsx';
import { WholeValue } from '../../ui/whole-value.tsx';
import { Changes } from './changes.tsx';
import { useFieldLabel } from './field-label.ts';
import { GuardPanel } from './guard-panel.tsx';
import { PersonLinks } from './person-links.tsx';
import { Plan } from './plan.tsx';
import { connectionsQuery, type Item, type Run } from './queries.ts';
import { runTitle } from './run-line.tsx';
import { PlannedSentence } from './speaking.tsx';
import { UndoDone, UndoOffer, UndoPlan } from './undo-panel.tsx';
import { LeftWhys, UndoChanges, undoOutcomes } from './undo-people.tsx';

const isLive = (run: Run | undefined): boolean => run?.status === 'running' || run?.status === 'queued';

/** The people behind a number, each with what was changed, or why not; of a plan: with what would be. */
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
    refetchInterval: ({ state }) => (isLive(state.data) ? 700 : false),
  });
  const guard = run.data?.guard ?? null;
  const counts = guard?.would ?? run.data?.counts;
  const tabs = run.data === undefined ? [] : outcomesOf(t, run.data);
  // Nothing chosen: the first number that is not 0.
  const outcome = props.outcome ?? tabs.find((one) => one.count > 0)?.outcome ?? tabs[0]?.outcome ?? 'created';
  const open = (id: string): void =>
    void navigate({ search: ({ outcome: _outcome, ...before }) => ({ ...before, run: id }) });
  const go = (search: { readonly run?: string; readonly outcome?: string }): void =>
    void navigate({ search: (before) => ({ ...before, ...search }) });
  return (
    <Drawer
      opened
      onClose={props.onClose}
      position="right"
      size="xl"
      title={run.data === undefined ? t('history.people') : runTitle(t, run.data)}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack>
        {run.error !== null && <Failed error={run.error} />}
        {run.data !== undefined && guard !== null && <GuardPanel run={run.data} guard={guard} onDone={props.onClose} />}
        {run.data?.dryRun === true && run.data.undo === null && (
          <Plan run={run.data} onHalf={open} onApproved={props.onClose} />
        )}
        {run.data?.dryRun === true && run.data.undo !== null && <UndoPlan run={run.data} onApproved={open} />}
        {run.data?.dryRun === false && run.data.undo !== null && <UndoDone run={run.data} onOpen={open} />}
        {run.data !== undefined && <UndoOffer run={run.data} onOpen={open} />}
        <SegmentedControl
          className="wrapping-control"
          value={outcome}
          onChange={(value) => go({ outcome: value })}
          data={tabs.map((one) => ({ value: one.outcome, label: `${number(one.count)} ${one.label}` }))}
          aria-label={t('history.people')}
        />
        {run.data !== undefined && <LeftWhys run={run.data} />}
        {counts !== undefined && run.data?.undo === null && (
          <Text size="xs" c="dimmed">
            {(['seen', 'unchanged', 'filtered', 'deferred'] as const)
              .map((name) => `${number(counts[name])} ${t(`history.${name}`, { count: counts[name] })}`)
              .join(' · ')}
          </Text>
        )}
        {isLive(run.data) ? (
          <>
            <Loading />
            <Text size="sm" c="dimmed" ta="center">
              {run.data?.dryRun === true && run.data.undo === null ? t('history.previewing') : t('history.running')}
            </Text>
          </>
        ) : (
          run.data !== undefined && (
            <People
              run={run.data}
              listKey={['items', props.runId, outcome]}
              page={(query) =>
                api(routes.items, {
                  params: { id: props.runId },
                  query: { ...(outcome === 'conflicts' ? { conflicts: true } : { outcome }), ...query },
                })
              }
            />
          )
        )}
      </Stack>
    </Drawer>
  );
}

/** The numbers that open lists, each with its name. */
function outcomesOf(t: TFunction, run: Run): ReturnType<typeof undoOutcomes> {
  if (run.undo !== null) return undoOutcomes(t, run);
  const counts = run.guard?.would ?? run.counts;
  const names = ['created', 'updated', 'rejected', ...(counts.conflicts > 0 ? (['conflicts'] as const) : [])] as const;
  return names.map((outcome) => ({
    outcome,
    count: counts[outcome],
    label: t(`history.${outcome}`, { count: counts[outcome] }),
  }));
}

/** What an item's line has to know of its run. */
type RunOfItems = Pick<Run, 'connection' | 'connectionId' | 'direction' | 'dryRun'> & { readonly undo?: Run['undo'] };

/** A list of what was done with whom, page by page. */
export function People(props: {
  readonly run: RunOfItems;
  readonly listKey: readonly string[];
  readonly page: (query: { readonly limit: number; readonly cursor?: string }) => Promise<{
    readonly items: readonly Item[];
    readonly next: string | null;
  }>;
}) {
  const { t } = useTranslation();
  const items = useInfiniteQuery({
    queryKey: [...props.listKey],
    queryFn: ({ pageParam }) => props.page({ limit: 50, ...(pageParam === '' ? {} : { cursor: pageParam }) }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const list = items.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      {items.error !== null && <Failed error={items.error} retry={() => void items.refetch()} />}
      {items.isPending && <Loading />}
      {items.data !== undefined && list.length === 0 && <Text c="dimmed">{t('history.nobody')}</Text>}
      <Accordion variant="separated" chevronPosition="left">
        {list.map((item) => (
          <ItemLine key={item.id} item={item} run={props.run} />
        ))}
      </Accordion>
      <MoreButton of={items} />
    </>
  );
}

function ItemLine({ item, run }: { readonly item: Item; readonly run: RunOfItems }) {
  const { t } = useTranslation();
  const note =
    item.message ?? (item.reason === null ? null : t(`history.reason.${item.reason}`, { defaultValue: item.reason }));
  return (
    <Accordion.Item value={String(item.id)} data-item={item.outcome}>
      <Accordion.Control>
        <Group gap="xs">
          <Text size="sm" fw={600}>
            {item.name || item.email || item.crmId}
          </Text>
          {item.planned && item.outcome !== 'filtered' && (
            <Badge size="xs" variant="light" color="gray">
              {t('history.planned')}
            </Badge>
          )}
        </Group>
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
          {item.todo !== null && <Text size="sm">{item.todo}</Text>}
          <WholeValue value={item.value} said={item.message ?? ''} />
          <PersonLinks of={item} />
          {item.changes.length === 0 && (item.todo !== null || (run.undo ?? null) !== null) ? null : item.changes
              .length === 0 ? (
            <Text size="sm" c="dimmed">
              {t('history.noChanges')}
            </Text>
          ) : (
            <ItemChanges item={item} run={run} />
          )}
        </Stack>
      </Accordion.Panel>
    </Accordion.Item>
  );
}

/** What was changed as a table; what would be changed as the sentence that the mapping speaks. */
function ItemChanges({ item, run }: { readonly item: Item; readonly run: RunOfItems }) {
  const { data } = useQuery(connectionsQuery);
  const connection = data?.items.find((one) => one.id === run.connectionId);
  const names = useFieldLabel();
  const labelOf = (field: string): string => names.labelOf(run.connection, run.direction, field);
  const textOf = (field: string, value: unknown): string => names.textOf(run.connection, run.direction, field, value);
  if ((run.undo ?? null) !== null)
    return <UndoChanges item={item} isPlan={run.dryRun} labelOf={labelOf} textOf={textOf} />;
  if (!run.dryRun && !item.planned) return <Changes changes={item.changes} labelOf={labelOf} textOf={textOf} />;
  return (
    <Stack gap={4}>
      {item.changes.map((change) => (
        <PlannedSentence
          key={change.field}
          item={item}
          change={change}
          direction={run.direction}
          crm={connection?.crmLabel ?? run.connection}
          label={labelOf(change.field)}
        />
      ))}
    </Stack>
  );
}
