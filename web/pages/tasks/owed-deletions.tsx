import { Anchor, Badge, Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { api, queryClient, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import { tell, tellError } from '../../ui/feedback.tsx';
import { MoreButton } from '../../ui/more-button.tsx';

type Owed = z.output<typeof routes.owedDeletions.response>['items'][number];

interface Asked {
  /** A connection's name. */
  readonly connection?: string;
}

/** Records of erased people that are still to go from their CRM; looked at again while somebody watches. */
export const useOwedDeletions = (asked: Asked, enabled: boolean) =>
  useInfiniteQuery({
    queryKey: ['owed-deletions', asked],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      api(routes.owedDeletions, { query: { limit: 20, ...asked, ...(pageParam === '' ? {} : { cursor: pageParam }) } }),
    getNextPageParam: (page) => page.next,
    enabled,
    refetchInterval: 10_000,
  });

/** How many there are, each with what it waits for or why it was not deleted, and what an administrator can do. */
export function OwedDeletions(asked: Asked) {
  const { t } = useTranslation();
  const found = useOwedDeletions(asked, true);
  const [first] = found.data?.pages ?? [];
  const list = found.data?.pages.flatMap((page) => page.items) ?? [];
  if (first === undefined || list.length === 0) return null;
  return (
    <Stack gap="sm" data-owed-deletions>
      <Group gap="xs">
        <Title order={2}>{t('person.owed.title')}</Title>
        {first.told > 0 && (
          <Badge variant="light" color="orange">
            {t('person.owed.told', { count: first.told })}
          </Badge>
        )}
        {first.waiting > 0 && (
          <Badge variant="light" color="gray">
            {t('person.owed.waiting', { count: first.waiting })}
          </Badge>
        )}
      </Group>
      <Text size="sm" c="dimmed">
        {t('person.owed.intro')}
      </Text>
      {list.map((one) => (
        <OwedLine key={one.id} owed={one} />
      ))}
      <MoreButton of={found} />
    </Stack>
  );
}

function OwedLine({ owed }: { readonly owed: Owed }) {
  const { t } = useTranslation();
  const refresh = (): void => {
    for (const key of ['owed-deletions', 'status']) void queryClient.invalidateQueries({ queryKey: [key] });
  };
  const retry = useMutation({
    mutationFn: () => api(routes.retryDeletion, { params: { id: owed.id } }),
    onSuccess: () => {
      tell(t('person.owed.retried'));
      refresh();
    },
    onError: tellError,
  });
  const done = useMutation({
    mutationFn: () => api(routes.endDeletion, { params: { id: owed.id } }),
    onSuccess: () => {
      tell(t('person.owed.ended'));
      refresh();
    },
    onError: tellError,
  });
  const words = { kind: t(`person.owed.kind.${owed.kind}`), connection: owed.connection, id: owed.crmId ?? '' };
  return (
    <Paper withBorder p="md" data-deletion={owed.state}>
      <Group justify="space-between" align="flex-start" gap="sm">
        <Stack gap={4} flex="1 1 260px">
          <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
            {t(owed.crmId === null ? 'person.owed.nameUnknown' : 'person.owed.name', words)}
          </Text>
          <Text size="sm">{owed.message}</Text>
          {owed.todo !== '' && <Text size="sm">{owed.todo}</Text>}
          <Group gap="xs">
            <Text size="xs" c="dimmed">
              {t('person.owed.asked', { at: when(owed.askedAt, '') })}
            </Text>
            {owed.url !== null && (
              <Anchor size="xs" href={owed.url} target="_blank" rel="noreferrer">
                {t('person.erasing.open', { crm: owed.crmLabel })} <IconExternalLink size={11} aria-hidden />
              </Anchor>
            )}
          </Group>
        </Stack>
        <Group gap="xs">
          {owed.canRetry && (
            <Button size="xs" variant="light" loading={retry.isPending} onClick={() => retry.mutate()}>
              {t('person.owed.retry')}
            </Button>
          )}
          <Button
            size="xs"
            variant="default"
            title={t('person.owed.doneHint')}
            loading={done.isPending}
            onClick={() => done.mutate()}
          >
            {t('person.owed.done')}
          </Button>
        </Group>
      </Group>
    </Paper>
  );
}
