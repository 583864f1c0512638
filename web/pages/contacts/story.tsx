import { Anchor, Button, Group, Paper, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconInfoCircle } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { purposeOf } from '../../../src/core/consent-codec.ts';
import { api, queryClient, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import { meQuery } from '../../routes.tsx';
import { tellError } from '../../ui/feedback.tsx';
import { Rule } from '../../ui/rule.tsx';
import { fieldText } from '../crm/changes.tsx';
import { useFieldName } from '../crm/field-name.ts';
import { useFieldValue } from '../crm/field-value.ts';

type Entry = z.output<typeof routes.story.response>['items'][number];

const ICONS = { todo: IconAlertTriangle, note: IconInfoCircle, good: IconCheck } as const;
const COLOURS = { todo: 'orange', note: 'blue', good: 'green' } as const;

/** What happened to this person in each CRM and why; what waits for somebody stands first, with the way to do it. */
export function Story({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const story = useQuery({ queryKey: ['story', id], queryFn: () => api(routes.story, { params: { id } }) });
  const list = story.data?.items ?? [];
  if (list.length === 0) return null;
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={2}>{t('story.title')}</Title>
        {list.map((entry) => (
          <StoryLine key={`${entry.fact}-${entry.at}-${entry.connection}-${entry.field ?? ''}`} entry={entry} />
        ))}
      </Stack>
    </Paper>
  );
}

function StoryLine({ entry }: { readonly entry: Entry }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const Icon = ICONS[entry.tone];
  const mayFix = me?.scopes.includes('sync:write') === true;
  return (
    <Group gap="sm" wrap="nowrap" align="flex-start" data-fact={entry.fact} data-tone={entry.tone}>
      <ThemeIcon size={24} radius="xl" variant="light" color={COLOURS[entry.tone]} aria-hidden>
        <Icon size={15} />
      </ThemeIcon>
      <Stack gap={2} miw={0}>
        <Text size="sm">{useText(entry)}</Text>
        {entry.rejection !== null && (
          <Text size="sm" c="dimmed">
            {entry.rejection.todo}
          </Text>
        )}
        <Group gap="xs">
          <Text size="xs" c="dimmed">
            {`${entry.connection} · ${when(entry.at, '')}`}
          </Text>
          {entry.rule !== null && (
            <Text size="xs" c="dimmed">
              <Rule id={entry.rule} />
            </Text>
          )}
          {entry.run !== null && mayFix && (
            <Anchor
              size="xs"
              component={Link}
              {...({
                to: '/crm',
                search: { tab: 'history', connection: entry.connection, run: entry.run },
              } as object)}
            >
              {t('story.seeRun')}
            </Anchor>
          )}
          {entry.rejection !== null && entry.rejection.other !== null && (
            <Anchor
              size="xs"
              component={Link}
              {...({ to: '/contacts/$id', params: { id: entry.rejection.other.id } } as object)}
            >
              {t('merges.other', { name: entry.rejection.other.name || entry.rejection.other.email })}
            </Anchor>
          )}
          {entry.rejection !== null && mayFix && (
            <Anchor size="xs" component={Link} {...({ to: '/to-fix' } as object)}>
              {t('story.toFix')}
            </Anchor>
          )}
        </Group>
        {entry.conflict?.status === 'held' && mayFix && <Decide entry={entry} conflict={entry.conflict} />}
      </Stack>
    </Group>
  );
}

function useText(entry: Entry): string {
  const { t } = useTranslation();
  const nameOf = useFieldName();
  const valueOf = useFieldValue();
  const { conflict, rejection } = entry;
  if (rejection !== null) return rejection.message;
  const isConsent = purposeOf(entry.field ?? '') !== null;
  return t(`story.${isConsent && entry.fact === 'resubscribe' ? 'held' : entry.fact}`, {
    ...entry.params,
    crm: entry.crmLabel,
    field: entry.field === null ? '' : isConsent ? fieldText(entry.field) : nameOf(entry.field),
    hub: valueOf(entry.field ?? '', conflict?.hubValue),
    remote: valueOf(entry.field ?? '', conflict?.crmValue),
    winner: conflict?.winner === 'hub' ? 'Tandem' : entry.crmLabel,
    because: conflict === null ? '' : t(`story.because.${conflict.why}`, { defaultValue: conflict.why }),
    defaultValue: entry.fact,
  });
}

/** A held conflict is decided where it is told; both values are named, so that nobody decides on old ones. */
function Decide({ entry, conflict }: { readonly entry: Entry; readonly conflict: NonNullable<Entry['conflict']> }) {
  const { t } = useTranslation();
  const decide = useMutation({
    mutationFn: (winner: 'hub' | 'crm') =>
      api(routes.resolveConflict, {
        params: { id: conflict.id },
        body: { winner, hubValue: conflict.hubValue, crmValue: conflict.crmValue },
      }),
    onSuccess: () => {
      for (const key of ['story', 'conflicts', 'status']) void queryClient.invalidateQueries({ queryKey: [key] });
    },
    onError: tellError,
  });
  const field = entry.field ?? '';
  const valueOf = useFieldValue();
  // Only the person lifts an opt-out; what was said of one purpose somebody here may decide (R8a).
  const isOptOut = entry.fact === 'resubscribe' && purposeOf(field) === null;
  return (
    <Group gap="xs" mt={4}>
      <Button size="xs" variant="light" loading={decide.isPending} onClick={() => decide.mutate('hub')}>
        {isOptOut ? t('story.keepOut') : t('story.takeHub', { value: valueOf(field, conflict.hubValue) })}
      </Button>
      {!isOptOut && (
        <Button size="xs" variant="light" loading={decide.isPending} onClick={() => decide.mutate('crm')}>
          {t('story.takeCrm', { value: valueOf(field, conflict.crmValue) })}
        </Button>
      )}
    </Group>
  );
}
