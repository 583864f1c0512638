import { Alert, Badge, Button, Group, NumberInput, Paper, Stack, Switch, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import { tell, tellError } from '../../ui/feedback.tsx';
import { type Connection, connectionsChanged } from './queries.ts';

/** R80: whether what people do here is written on their records in the CRM, at what cost, and how far it is. */
export function TimelineForm({ connection }: { readonly connection: Connection }) {
  const { t, i18n } = useTranslation();
  const { id, version, crmLabel: crm } = connection;
  const saved = connection.export.timeline;
  const [isOn, setOn] = useState(saved.enabled);
  const [cap, setCap] = useState<number | ''>(saved.dailyCap ?? '');
  const state = useQuery({
    queryKey: ['timeline-state', id, version],
    queryFn: () => api(routes.timelineState, { params: { id } }),
  });
  const refresh = (): Promise<void> => {
    void queryClient.invalidateQueries({ queryKey: ['timeline-state', id] });
    return connectionsChanged();
  };
  const save = useMutation({
    mutationFn: () =>
      api(routes.updateConnection, {
        params: { id },
        ifMatch: version,
        body: { export: { timeline: { enabled: isOn, dailyCap: cap === '' ? null : cap } } },
      }),
    onSuccess: async () => {
      await refresh();
      tell(t('timeline.saved'));
    },
    onError: tellError,
  });
  const earlier = useMutation({
    mutationFn: () => api(routes.timelineEarlier, { params: { id }, body: {} }),
    onSuccess: async ({ added }) => {
      await refresh();
      tell(t('timeline.earlierDone', { count: added }));
    },
    onError: tellError,
  });
  const { data } = state;
  if (data === undefined) return null;
  const number = (value: number): string => value.toLocaleString(i18n.language);
  if (data.as === null)
    return (
      <Text size="sm" c="dimmed" maw={820}>
        {t('timeline.none', { crm })}
      </Text>
    );
  const isDirty = isOn !== saved.enabled || (cap === '' ? undefined : cap) !== saved.dailyCap;
  const askEarlier = (): void => {
    const calls = number(Math.ceil(data.earlier / data.perCall));
    const words = { count: data.earlier, crm, calls, cap: number(data.dailyCap) };
    if (window.confirm(t('timeline.earlierSure', words))) earlier.mutate();
  };
  return (
    <Paper withBorder p="md" maw={820}>
      <Stack gap="sm">
        <Title order={3} size="h4">
          {t('timeline.title', { crm })}
        </Title>
        <Text size="sm" c="dimmed">
          {t('timeline.text', { as: t(`timeline.as.${data.as}`) })}{' '}
          {data.perCall === 1 ? t('timeline.costOne') : t('timeline.costMany', { count: data.perCall })}
        </Text>
        <Switch
          label={t('timeline.switch', { crm })}
          checked={isOn}
          onChange={(event) => setOn(event.currentTarget.checked)}
        />
        {isOn && (
          <NumberInput
            maw={420}
            label={t('timeline.cap')}
            description={cap === '' ? t('timeline.capHint', { count: number(data.dailyCap) }) : t('timeline.capSet')}
            min={1}
            max={100_000}
            allowDecimal={false}
            value={cap}
            onChange={(value) => setCap(typeof value === 'number' ? value : '')}
          />
        )}
        <Group>
          <Button variant="light" loading={save.isPending} disabled={!isDirty} onClick={() => save.mutate()}>
            {t('timeline.save')}
          </Button>
        </Group>
        {saved.enabled && !connection.export.enabled && <Text size="sm">{t('timeline.rests')}</Text>}
        {data.problem !== null && <Alert color="orange">{t('timeline.problem', { crm, message: data.problem })}</Alert>}
        {(saved.enabled || data.stored > 0) && <Progress state={data} crm={crm} number={number} />}
        {saved.enabled && data.earlier > 0 && (
          <Group gap="sm">
            <Text size="sm">{t('timeline.earlier', { count: data.earlier, since: when(data.since, '–') })}</Text>
            <Button variant="default" size="xs" loading={earlier.isPending} onClick={askEarlier}>
              {t('timeline.earlierButton')}
            </Button>
          </Group>
        )}
      </Stack>
    </Paper>
  );
}

function Progress(props: {
  readonly state: {
    readonly today: number;
    readonly dailyCap: number;
    readonly stored: number;
    readonly waiting: number;
    readonly waitingForLink: number;
    readonly open: number;
    readonly refused: number;
    readonly refusedBecause: string | null;
  };
  readonly crm: string;
  readonly number: (value: number) => string;
}) {
  const { t } = useTranslation();
  const { state, crm, number } = props;
  const parts = [
    [
      'gray',
      t('timeline.today', { today: number(state.today), cap: number(state.dailyCap), stored: number(state.stored) }),
    ],
    ['blue', state.waiting === 0 ? '' : t('timeline.waiting', { count: state.waiting })],
    ['gray', state.waitingForLink === 0 ? '' : t('timeline.waitingForLink', { count: state.waitingForLink, crm })],
    ['orange', state.open === 0 ? '' : t('timeline.open', { count: state.open })],
    [
      'red',
      state.refused === 0 ? '' : t('timeline.refused', { count: state.refused, crm, why: state.refusedBecause ?? '–' }),
    ],
  ] as const;
  return (
    <Group gap="xs">
      {parts
        .filter(([, text]) => text !== '')
        .map(([color, text]) => (
          <Badge
            key={text}
            color={color}
            variant="light"
            tt="none"
            fw={500}
            h="auto"
            py={2}
            styles={{ label: { whiteSpace: 'normal', overflow: 'visible' } }}
          >
            {text}
          </Badge>
        ))}
    </Group>
  );
}
