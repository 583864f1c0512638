import { Anchor, Badge, Button, Group, Stack, Table, TextInput, Title } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import { contactsRoute } from '../../routes.tsx';
import { Empty, Failed, Loading } from '../../ui/feedback.tsx';

const SORTS = { email: 'email', score: 'score', updated: 'updated' } as const;

export function ContactsPage() {
  const { t } = useTranslation();
  const { q = '', sort = 'updated' } = contactsRoute.useSearch();
  const navigate = useNavigate({ from: contactsRoute.fullPath });
  const search = useDebouncedCallback(
    (text: string) => void navigate({ search: { ...(text === '' ? {} : { q: text }), sort }, replace: true }),
    250,
  );
  const contacts = useInfiniteQuery({
    queryKey: ['contacts', q, sort],
    queryFn: ({ pageParam }) =>
      api(routes.contacts, {
        query: {
          limit: 50,
          search: q === '' ? undefined : q,
          sort: sort in SORTS ? sort : 'updated',
          ...(pageParam === '' ? {} : { cursor: pageParam }),
        },
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const list = contacts.data?.pages.flatMap((page) => page.items) ?? [];
  const head = (key: string, label: string) => (
    <Table.Th>
      <Anchor
        component="button"
        type="button"
        size="sm"
        fw={600}
        {...(sort === key ? {} : { c: 'dimmed' })}
        onClick={() => void navigate({ search: (before) => ({ ...before, sort: key }) })}
      >
        {label}
      </Anchor>
    </Table.Th>
  );
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1}>{t('contacts.title')}</Title>
        <TextInput
          w={320}
          leftSection={<IconSearch size={16} />}
          placeholder={t('common.search')}
          aria-label={t('common.search')}
          defaultValue={q}
          onChange={(event) => search(event.currentTarget.value)}
        />
      </Group>
      {contacts.error !== null && <Failed error={contacts.error} retry={() => void contacts.refetch()} />}
      {contacts.isPending && <Loading />}
      {contacts.data !== undefined && list.length === 0 && (
        <Empty
          title={t('contacts.empty')}
          text={q === '' ? t('contacts.emptyText') : t('contacts.nothingFound', { search: q })}
        />
      )}
      {list.length > 0 && (
        <div className="table-wrap">
          <Table highlightOnHover verticalSpacing="xs" miw={720}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('contacts.name')}</Table.Th>
                {head('email', t('contacts.email'))}
                <Table.Th>{t('contacts.company')}</Table.Th>
                {head('score', t('contacts.score'))}
                {head('updated', t('contacts.updated'))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {list.map((one) => (
                <Table.Tr key={one.id}>
                  <Table.Td>
                    <Anchor component={Link} {...({ to: '/contacts/$id', params: { id: one.id } } as object)} fw={600}>
                      {[one.fields['first_name'], one.fields['last_name']].filter(Boolean).join(' ') || one.email}
                    </Anchor>
                  </Table.Td>
                  <Table.Td>{one.email}</Table.Td>
                  <Table.Td>{String(one.fields['company'] ?? '')}</Table.Td>
                  <Table.Td>
                    <Badge variant="light" color={one.score >= 20 ? 'tandem' : 'gray'}>
                      {one.score}
                    </Badge>
                  </Table.Td>
                  <Table.Td>{when(one.updatedAt, '')}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      {contacts.hasNextPage && (
        <Button variant="subtle" onClick={() => void contacts.fetchNextPage()} loading={contacts.isFetchingNextPage}>
          {t('common.more')}
        </Button>
      )}
    </Stack>
  );
}
