import { Anchor, Badge, Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, routes } from '../../api/client.ts';
import { number, seconds, when } from '../../i18n.ts';
import { Mark } from '../../ui/mark.tsx';
import { useGuardSentence } from './guard-panel.tsx';
import type { Connection, Run } from './queries.ts';
import { undoOutcomes } from './undo-people.tsx';

const STATUS_COLOURS: Readonly<Record<Run['status'], string>> = {
  queued: 'gray',
  running: 'blue',
  succeeded: 'green',
  failed: 'red',
  cancelled: 'gray',
  paused: 'orange',
};

export function runTitle(
  t: TFunction,
  run: Pick<Run, 'direction' | 'connection'> & { readonly undo?: Run['undo'] },
): string {
  const name = t(run.direction === 'toHub' ? 'history.toHub' : 'history.toCrm', { name: run.connection });
  return (run.undo ?? null) === null ? name : t('undo.title', { name });
}

/** One line: direction, when, why it ran, its numbers, how it ended. A folded one opens. */
export function RunLine({ run, connection }: { readonly run: Run; readonly connection: Connection | undefined }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const isFolded = (run.folded ?? 1) > 1;
  const moment = isFolded
    ? t('history.folded', { count: run.folded, from: when(run.startedAt, ''), to: when(run.endedAt, '…') })
    : [when(run.startedAt ?? run.createdAt, ''), ...(run.undo === null ? [t(`history.${run.mode}`)] : [])].join(' · ');
  return (
    <div className="run-row" data-run={run.id} data-status={run.status}>
      <Group justify="space-between" gap="sm">
        <Group gap="sm" wrap="nowrap" miw={0}>
          <Mark id={connection?.crm ?? ''} label={connection?.crmLabel ?? run.connection} />
          <Stack gap={0} miw={0}>
            <Text fw={600} size="sm">
              {runTitle(t, run)}
            </Text>
            <Text size="xs" c="dimmed">
              {`${moment} · ${t(`history.trigger.${run.trigger}`)} · ${number(run.apiCalls)} ${t('history.calls', { count: run.apiCalls })}`}
            </Text>
          </Stack>
        </Group>
        <Group gap="md">
          <Counts run={run} onFolded={isFolded ? () => setOpen(true) : undefined} />
          {run.undone?.status === 'succeeded' && (
            <Badge variant="light" color="gray">
              {t('undo.was')}
            </Badge>
          )}
          <Badge variant="light" color={STATUS_COLOURS[run.status]}>
            {t(`history.${run.status}`)}
          </Badge>
          {isFolded && (
            <Button size="compact-xs" variant="subtle" onClick={() => setOpen(!open)} aria-expanded={open}>
              {t(open ? 'history.fold' : 'history.unfold')}
            </Button>
          )}
        </Group>
      </Group>
      <Live run={run} connection={connection} />
      <Ending run={run} />
      {open && <Unfolded run={run} connection={connection} />}
    </div>
  );
}

/** How far it is, where the CRM has told how many there are. */
function Live({ run, connection }: { readonly run: Run; readonly connection: Connection | undefined }) {
  const { t } = useTranslation();
  if (run.status !== 'running' && run.status !== 'queued') return null;
  const total = Object.values(connection?.counts ?? {}).reduce((sum, count) => sum + count, 0);
  const isCountable = run.direction === 'toHub' && run.mode === 'full' && total > 0;
  return (
    <>
      <Progress
        mt={8}
        size="xs"
        value={isCountable ? Math.min(100, (run.counts.seen / total) * 100) : 100}
        animated
        striped
        aria-label={t('history.running')}
      />
      {run.counts.seen > 0 && (
        <Text size="xs" c="dimmed">
          {isCountable
            ? t('history.of', { seen: number(run.counts.seen), total: number(total) })
            : `${number(run.counts.seen)} ${t('history.seen')}`}
        </Text>
      )}
    </>
  );
}

/** Why it failed or waits, and what can be done about it. */
function Ending({ run }: { readonly run: Run }) {
  const { t } = useTranslation();
  if (run.guard !== null) return <Held run={run} guard={run.guard} />;
  const resumesAt = run.error?.['resumesAt'];
  const resumes = typeof resumesAt === 'number' ? when(new Date(resumesAt).toISOString(), '') : '';
  // The server says in our words what went wrong with the CRM; what waits for a person or an hour is said here.
  const failed = run.error?.['todo'] === undefined ? null : run.error;
  const isPlain = failed === null && run.pausedReason !== null;
  return (
    <>
      {run.slowed > 0 && (
        <Text size="xs" c="dimmed" mt={4}>
          {t('history.slowed', { count: run.slowed, seconds: seconds(run.waitedMs) })}
        </Text>
      )}
      {run.suspended.length > 0 && <Rested run={run} />}
      {isPlain && (
        <Text size="sm" c="orange" mt={6}>
          {t(`why.${run.pausedReason}`, { defaultValue: run.pausedReason })}
        </Text>
      )}
      {failed !== null && (
        <>
          <Text size="sm" c={run.status === 'failed' ? 'red' : 'orange'} mt={6}>
            {failed['message']}
          </Text>
          <Text size="sm" c="dimmed">
            {resumes === '' ? failed['todo'] : t('history.resumes', { when: resumes })}
          </Text>
        </>
      )}
    </>
  );
}

/** R49: which lines rested during the run, and why. */
function Rested({ run }: { readonly run: Run }) {
  const { t } = useTranslation();
  const fields = run.suspended.map(
    ({ key, why }) => `${key.split(':').slice(2).join(':')} (${t(`schema.why.${why}`, { defaultValue: why })})`,
  );
  return (
    <Text size="xs" c="orange" mt={4}>
      {t('schema.suspended', { count: run.suspended.length, fields: [...new Set(fields)].join(', ') })}
    </Text>
  );
}

/** R50: a run that waits for a person says why, and opens. */
function Held({ run, guard }: { readonly run: Run; readonly guard: NonNullable<Run['guard']> }) {
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

function Unfolded({ run, connection }: { readonly run: Run; readonly connection: Connection | undefined }) {
  const inside = useQuery({
    queryKey: ['runs', 'line', run.id, run.folded],
    queryFn: () => api(routes.runs, { query: { line: run.id } }),
  });
  return (
    <Stack gap="xs" mt="sm" pl="lg">
      {inside.data?.items.map((one) => (
        <RunLine key={one.id} run={one} connection={connection} />
      ))}
    </Stack>
  );
}

const COLOURS = { created: 'green', updated: 'blue', rejected: 'orange' } as const;

/** The numbers open the people; those of a folded line open the line. */
function Counts(props: { readonly run: Run; readonly onFolded: (() => void) | undefined }) {
  const { t } = useTranslation();
  const { run, onFolded } = props;
  const plain = 'var(--mantine-color-text)';
  const entries =
    run.undo === null
      ? [
          ...(['created', 'updated', 'rejected'] as const).map((outcome) => ({
            outcome: outcome as string,
            count: run.counts[outcome],
            colour: COLOURS[outcome] as string,
            label: t(`history.${outcome}`, { count: run.counts[outcome] }),
          })),
          ...(run.counts.conflicts > 0
            ? [
                {
                  outcome: 'conflicts',
                  count: run.counts.conflicts,
                  colour: plain,
                  label: t('history.conflicts', { count: run.counts.conflicts }),
                },
              ]
            : []),
        ]
      : undoOutcomes(t, run).map((one) => ({ ...one, colour: plain }));
  return (
    <Group gap="sm">
      {entries.map(({ outcome, count, colour, label }) => {
        const text = (
          <>
            <b>{number(count)}</b> {label}
          </>
        );
        const look = { className: 'number-link', size: 'sm', c: count === 0 ? 'dimmed' : colour } as const;
        return onFolded === undefined ? (
          <Anchor
            key={outcome}
            {...look}
            component={Link}
            {...({ to: '/crm', search: (before: object) => ({ ...before, run: run.id, outcome }) } as object)}
          >
            {text}
          </Anchor>
        ) : (
          <Anchor key={outcome} {...look} component="button" type="button" onClick={onFolded}>
            {text}
          </Anchor>
        );
      })}
    </Group>
  );
}
