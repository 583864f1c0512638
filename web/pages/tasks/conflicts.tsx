import { Anchor, Badge, Button, Group, Stack, Table, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import { Empty, Failed, Loading, tellError } from '../../ui/feedback.tsx';
import { fieldText, valueText } from '../crm/changes.tsx';

/** Both values, both dates, the winner and why; held ones wait for a decision. */
export function ConflictsPage() {
  const { t } = useTranslation();
  const list = useQuery({ queryKey: ['conflicts'], queryFn: () => api(routes.conflicts, { query: { limit: 100 } }) });
  if (list.error !== null) return <Failed error={list.error} retry={() => void list.refetch()} />;
  if (list.data === undefined) return <Loading />;
  return (
    <Stack>
      <Title order={1}>{t('conflict.title')}</Title>
      {list.data.items.length === 0 ? (
        <Empty title={t('conflict.empty')} text={t('conflict.emptyText')} />
      ) : (
        <div className="table-wrap">
          <Table verticalSpacing="sm" miw={760} className="from-to">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('fix.who')}</Table.Th>
                <Table.Th>{t('conflict.field')}</Table.Th>
                <Table.Th>{t('conflict.hub')}</Table.Th>
                <Table.Th>{t('conflict.crm')}</Table.Th>
                <Table.Th>{t('conflict.winner')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {list.data.items.map((one) => (
                <ConflictLine key={one.id} conflict={one} />
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </Stack>
  );
}

interface Conflict {
  readonly id: string;
  readonly connection: string;
  readonly contactId: string | null;
  readonly email: string | null;
  readonly field: string;
  readonly hubValue: unknown;
  readonly crmValue: unknown;
  readonly hubAt: string | null;
  readonly crmAt: string | null;
  readonly winner: string | null;
  readonly why: string;
  readonly status: string;
}

function ConflictLine({ conflict }: { readonly conflict: Conflict }) {
  const { t } = useTranslation();
  const decide = useMutation({
    mutationFn: (winner: 'hub' | 'crm') =>
      api(routes.resolveConflict, {
        params: { id: conflict.id },
        body: { winner, hubValue: conflict.hubValue, crmValue: conflict.crmValue },
      }),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: ['conflicts'] }),
    onError: tellError,
  });
  const side = (value: unknown, at: string | null, won: boolean) => (
    <Table.Td>
      <Text size="sm" fw={won ? 700 : 400} {...(won ? {} : { c: 'dimmed' })}>
        {valueText(conflict.field, value)}
      </Text>
      <Text size="xs" c="dimmed">
        {when(at, '–')}
      </Text>
    </Table.Td>
  );
  return (
    <Table.Tr data-conflict={conflict.status}>
      <Table.Td>
        {conflict.contactId === null ? (
          conflict.email
        ) : (
          <Anchor
            component={Link}
            {...({ to: '/contacts/$id', params: { id: conflict.contactId } } as object)}
            size="sm"
          >
            {conflict.email}
          </Anchor>
        )}
        <Text size="xs" c="dimmed">
          {conflict.connection}
        </Text>
      </Table.Td>
      <Table.Td>{fieldText(conflict.field)}</Table.Td>
      {side(conflict.hubValue, conflict.hubAt, conflict.winner === 'hub')}
      {side(conflict.crmValue, conflict.crmAt, conflict.winner === 'crm')}
      <Table.Td>
        {conflict.status === 'held' ? (
          <Group gap="xs">
            <Button size="xs" variant="light" onClick={() => decide.mutate('hub')}>
              {t('conflict.takeHub')}
            </Button>
            <Button size="xs" variant="light" onClick={() => decide.mutate('crm')}>
              {t('conflict.takeCrm')}
            </Button>
          </Group>
        ) : (
          <Group gap="xs">
            <Badge variant="light">
              {conflict.winner === 'hub' ? t('conflict.hub') : conflict.winner === 'crm' ? t('conflict.crm') : '–'}
            </Badge>
            <Text size="xs" c="dimmed">
              {t(`conflict.why.${conflict.why}`, { defaultValue: conflict.why })}
            </Text>
          </Group>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
