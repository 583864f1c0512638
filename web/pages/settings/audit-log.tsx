import { Stack, Table, Text } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import { Empty, Failed, Loading } from '../../ui/feedback.tsx';
import { MoreButton } from '../../ui/more-button.tsx';

/** Every change: who, what, to whom, from where. */
export function AuditLog() {
  const { t } = useTranslation();
  const users = useQuery({ queryKey: ['users'], queryFn: () => api(routes.users) });
  const keys = useQuery({ queryKey: ['api-keys'], queryFn: () => api(routes.apiKeys) });
  const log = useInfiniteQuery({
    queryKey: ['audit'],
    initialPageParam: '',
    queryFn: ({ pageParam }) => api(routes.audit, { query: pageParam === '' ? {} : { cursor: pageParam } }),
    getNextPageParam: (page) => page.next,
  });
  if (log.error !== null) return <Failed error={log.error} retry={() => void log.refetch()} />;
  if (log.data === undefined) return <Loading />;
  const entries = log.data.pages.flatMap((page) => page.items);
  if (entries.length === 0) return <Empty title={t('settings.audit')} text={t('account.noAudit')} />;
  const names = new Map<string, string>([
    ...(users.data?.items ?? []).map((one) => [`person:${one.id}`, one.email] as const),
    ...(keys.data?.items ?? []).map((one) => [`key:${one.id}`, one.name] as const),
  ]);
  return (
    <Stack align="flex-start">
      <Table.ScrollContainer minWidth={760} w="100%">
        <Table fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('account.at')}</Table.Th>
              <Table.Th>{t('account.who')}</Table.Th>
              <Table.Th>{t('account.what')}</Table.Th>
              <Table.Th>{t('account.subject')}</Table.Th>
              <Table.Th>{t('account.from')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {entries.map((entry, index) => (
              <Table.Tr key={`${entry.at}-${index}`}>
                <Table.Td style={{ whiteSpace: 'nowrap' }}>{when(entry.at, '')}</Table.Td>
                <Table.Td>{names.get(entry.actor) ?? entry.actor}</Table.Td>
                <Table.Td>
                  <Text size="sm" ff="monospace">
                    {entry.action}
                  </Text>
                </Table.Td>
                <Table.Td>{names.get(`person:${entry.subject ?? ''}`) ?? entry.subject ?? '–'}</Table.Td>
                <Table.Td>{entry.address ?? '–'}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <MoreButton of={log} />
    </Stack>
  );
}
