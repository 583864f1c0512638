import './race.css';
import { Anchor, Button, Group, SegmentedControl, Stack, Text, Title, Tooltip } from '@mantine/core';
import { IconArrowsLeftRight, IconExternalLink } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ProblemError, routes } from '../../api/client.ts';
import { emulatedQuery, raceRoute } from '../../routes.tsx';
import { Empty, Failed, Loading, tellError } from '../../ui/feedback.tsx';
import { Mark } from '../../ui/mark.tsx';
import { Cast } from './cast.tsx';
import { RaceCard, RaceLink, Result } from './race-card.tsx';
import { type Finish, type Pair, runBoth, runRace, type Side, valueOf } from './run-race.ts';

const SHOWN = ['phone', 'job_title', 'company', 'city'];

/** The demo's first page: one person's two records side by side, both editable; the whole product in ten seconds. */
export function RacePage() {
  const { t } = useTranslation();
  const search = raceRoute.useSearch();
  const navigate = useNavigate({ from: raceRoute.fullPath });
  const emulated = useQuery(emulatedQuery);
  if (emulated.error !== null) return <Failed error={emulated.error} retry={() => void emulated.refetch()} />;
  if (emulated.data === undefined) return <Loading />;
  const list = emulated.data.items;
  const one = list.find((item) => item.connection === search.connection) ?? list[0];
  return (
    <Stack>
      <div>
        <Title order={1}>{t('race.title')}</Title>
        <Text c="dimmed" maw={720}>
          {t('race.intro')}
        </Text>
      </div>
      {list.length > 1 && (
        <SegmentedControl
          className="wrapping-control"
          value={one?.connection ?? ''}
          onChange={(connection) => void navigate({ search: { connection } })}
          data={list.map((item) => ({ value: item.connection, label: item.crmLabel }))}
          aria-label={t('race.title')}
        />
      )}
      {one === undefined ? (
        <Empty title={t('crm.emptyTitle')} text={t('crm.emptyText')} />
      ) : (
        <Race key={`${one.connectionId}:${search.contact ?? ''}`} where={one} contact={search.contact} />
      )}
      <Cast />
    </Stack>
  );
}

interface Where {
  readonly connection: string;
  readonly connectionId: string;
  readonly crm: string;
  readonly crmLabel: string;
  readonly page: string;
}

function Race({ where, contact }: { readonly where: Where; readonly contact: string | undefined }) {
  const { t } = useTranslation();
  const key = ['pair', where.connectionId, contact ?? ''];
  const pair = useQuery({
    queryKey: key,
    queryFn: () =>
      api(routes.emulatedPair, {
        params: { id: where.connectionId },
        query: contact === undefined ? {} : { contact },
      }),
    // A rep may play on the emulator's own page meanwhile.
    refetchInterval: 5_000,
  });
  const { busy, log, race, both } = useRaces(where, key);
  if (pair.error instanceof ProblemError && pair.error.problem.status === 404)
    return <Empty title={t('race.title')} text={t('race.nobody')} />;
  if (pair.error !== null) return <Failed error={pair.error} retry={() => void pair.refetch()} />;
  if (pair.data === undefined) return <Loading />;
  const now = pair.data;
  const fields = SHOWN.filter((field) => now.fields.some((one) => one.hub === field));
  const card = (side: Side) => ({
    side,
    pair: now,
    fields,
    busy,
    last: log[0],
    onChange: (field: string, value: string) => race(now, side, field, value),
  });
  return (
    <Stack gap="md">
      <div className="race">
        <RaceCard
          {...card('crm')}
          mark={<Mark id={where.crm} label={where.crmLabel} />}
          title={t('race.crmCard', { crm: where.crmLabel })}
          subtitle={t('race.crmSub')}
          link={<RaceLink href={where.page} label={`${t('race.openRep')} ↗`} />}
        />
        <div className="race-lane" data-going={busy === null ? undefined : busy.side} aria-hidden>
          <span className="race-dot" />
          <IconArrowsLeftRight size={20} />
        </div>
        <RaceCard
          {...card('hub')}
          mark={<img src="/light-green.svg" alt="" width={20} height={20} />}
          title={t('race.hubCard')}
          subtitle={t('race.hubSub')}
          link={
            <Anchor component={Link} size="xs" {...({ to: '/contacts/$id', params: { id: now.contact.id } } as object)}>
              {t('race.openContact')} <IconExternalLink size={11} />
            </Anchor>
          }
        />
      </div>
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {t('race.hint')}
        </Text>
        <Tooltip label={t('race.bothHelp')} multiline maw={300}>
          <Button
            variant="light"
            disabled={busy !== null || !fields.includes('phone')}
            onClick={() => both(now, 'phone')}
          >
            {t('race.both')}
          </Button>
        </Tooltip>
      </Group>
      <RaceLog log={log} crm={where.crmLabel} />
    </Stack>
  );
}

/** One race after the other: an edit made while one is under way waits for its turn. */
function useRaces(where: Where, key: readonly string[]) {
  const client = useQueryClient();
  const [busy, setBusy] = useState<{ readonly side: Side; readonly field: string } | null>(null);
  const [log, setLog] = useState<readonly Finish[]>([]);
  const queue = useRef<Promise<void>>(Promise.resolve());
  const enter = (
    lane: { readonly side: Side; readonly field: string },
    start: () => Promise<{ readonly finish: Finish; readonly pair: Pair }>,
  ): void => {
    queue.current = queue.current.then(async () => {
      setBusy(lane);
      try {
        const { finish, pair } = await start();
        client.setQueryData(key, pair);
        setLog((before) => [finish, ...before].slice(0, 8));
      } catch (error) {
        tellError(error);
        await client.invalidateQueries({ queryKey: key });
      } finally {
        setBusy(null);
      }
    });
  };
  const { connectionId } = where;
  return {
    busy,
    log,
    race: (pair: Pair, side: Side, field: string, value: string) =>
      enter({ side, field }, () => runRace({ connectionId, pair, side, field, value })),
    both: (pair: Pair, field: string) => {
      // Two numbers that nobody has, so that it is a real change on both sides each time.
      const base = valueOf(pair, 'hub', field).replace(/\D/g, '').slice(0, 6) || '555010';
      const turn = String((Math.floor(performance.now()) % 90) + 10);
      const values = { crm: `+1 ${base} ${turn}1`, hub: `+1 ${base} ${turn}2` };
      enter({ side: 'crm', field }, () => runBoth({ connectionId, pair, field, values }));
    },
  };
}

function RaceLog(props: { readonly log: readonly Finish[]; readonly crm: string }) {
  const { t } = useTranslation();
  if (props.log.length === 0) return null;
  return (
    <Stack gap={4}>
      <Title order={3}>{t('race.log')}</Title>
      {props.log.map((finish) => (
        <div key={finish.key} className="race-log">
          <Text size="sm">
            <b>{t(`field.${finish.field}`, { defaultValue: finish.field })}</b>{' '}
            {finish.from === 'crm' ? t('history.toHub', { name: props.crm }) : t('history.toCrm', { name: props.crm })}
            {' · '}
            <span className="old">{finish.before === '' ? '–' : finish.before}</span>{' '}
            <b>{finish.after === '' ? '–' : finish.after}</b>
          </Text>
          <Text size="xs" c="dimmed">
            <Result finish={finish} />
            {finish.winner !== null &&
              ` · ${finish.winner === 'hub' ? t('race.wonHub') : t('race.wonCrm', { crm: props.crm })}`}
          </Text>
        </div>
      ))}
    </Stack>
  );
}
