import { Anchor, Badge, Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, routes } from '../../api/client.ts';
import { number, when } from '../../i18n.ts';
import { fixRoute, meQuery } from '../../routes.tsx';
import { Empty, Failed, Loading, tell, tellError } from '../../ui/feedback.tsx';
import { MergeProposals, useMergeProposals } from '../contacts/merge-proposals.tsx';
import { FixDialog, isFixable, LISTS, type Rejection } from './fix-dialog.tsx';
import { OwedDeletions, useOwedDeletions } from './owed-deletions.tsx';
import { ValueCauses } from './value-causes.tsx';

/** Rejections as a to-do list: grouped by cause, with the fix beside each, then tried again. */
export function ToFixPage() {
  const { t } = useTranslation();
  const search = fixRoute.useSearch();
  const navigate = useNavigate({ from: fixRoute.fullPath });
  const list = useQuery({
    queryKey: ['rejections', search],
    queryFn: () => api(routes.rejections, { query: { limit: 100, ...search } }),
  });
  const wantsMerges = search.reason === undefined || search.reason === 'address_taken';
  const asked = search.connection === undefined ? {} : { connection: search.connection };
  const merges = useMergeProposals(asked);
  const { data: me } = useQuery(meQuery);
  const isAdmin = me?.scopes.includes('admin') === true;
  const owed = useOwedDeletions(asked, isAdmin);
  const retry = useMutation({
    mutationFn: () => api(routes.retryRejections, { body: search }),
    onSuccess: ({ retried }) => tell(t('fix.retried', { count: retried })),
    onError: tellError,
  });
  // Where the reason says it already ("no e-mail address"), the field is not said a second time.
  const fieldOf = (group: { readonly field: string | null; readonly fieldLabel: string | null }): readonly string[] =>
    group.field === null || group.field === 'email'
      ? []
      : [group.fieldLabel ?? t(`field.${group.field}`, { defaultValue: group.field })];
  if (list.error !== null) return <Failed error={list.error} retry={() => void list.refetch()} />;
  if (list.data === undefined) return <Loading />;
  return (
    <Stack maw={900}>
      <Group justify="space-between">
        <Title order={1}>{t('fix.title')}</Title>
        {list.data.items.length > 0 && (
          <Button variant="light" onClick={() => retry.mutate()} loading={retry.isPending}>
            {t('fix.retryAll')}
          </Button>
        )}
      </Group>
      <Group gap="xs">
        {search.connection !== undefined && (
          <Button
            size="xs"
            radius="xl"
            variant="filled"
            rightSection={<IconX size={12} aria-hidden />}
            aria-label={t('fix.allConnections')}
            onClick={() => void navigate({ search: ({ connection: _connection, ...rest }) => rest })}
          >
            {search.connection}
          </Button>
        )}
        {list.data.groups.map((group) => (
          <Button
            key={`${group.reason}-${group.field}`}
            size="xs"
            radius="xl"
            variant={search.reason === group.reason ? 'filled' : 'default'}
            onClick={() =>
              void navigate({
                search: ({ reason: _reason, ...rest }) =>
                  search.reason === group.reason ? rest : { ...rest, reason: group.reason },
              })
            }
          >
            {[group.label, ...fieldOf(group), number(group.count)].join(' · ')}
          </Button>
        ))}
      </Group>
      {wantsMerges && <MergeProposals {...asked} />}
      {isAdmin && search.reason === undefined && <OwedDeletions {...asked} />}
      {list.data.items.length === 0 &&
        merges.data?.pages[0]?.items.length === 0 &&
        !(owed.data?.pages[0]?.items.length ?? 0) && <Empty title={t('fix.empty')} text={t('fix.emptyText')} />}
      {(search.reason === undefined || LISTS.has(search.reason)) && <ValueCauses connection={search.connection} />}
      {list.data.items.map((one) => (
        <RejectionLine key={one.id} rejection={one} />
      ))}
    </Stack>
  );
}

function RejectionLine({ rejection }: { readonly rejection: Rejection }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <Paper withBorder p="md" data-reason={rejection.reason}>
      <Group justify="space-between" align="flex-start" gap="xs">
        <Stack gap={4} flex="1 1 260px">
          <Text fw={600}>{rejection.message}</Text>
          <Text size="sm">{rejection.todo}</Text>
          <Group gap="xs">
            <Badge size="sm" variant="light" color="gray">
              {rejection.direction === 'toHub'
                ? t('history.toHub', { name: rejection.connection })
                : t('history.toCrm', { name: rejection.connection })}
            </Badge>
            <Text
              size="xs"
              c="dimmed"
            >{`${when(rejection.lastAt, '')} · ${t('fix.tries', { count: rejection.tries })}`}</Text>
            {rejection.contactId !== null && (
              <Anchor
                size="xs"
                component={Link}
                {...({ to: '/contacts/$id', params: { id: rejection.contactId } } as object)}
              >
                {t('history.openContact')}
              </Anchor>
            )}
            {rejection.other !== null && (
              <Anchor
                size="xs"
                component={Link}
                {...({ to: '/contacts/$id', params: { id: rejection.other.id } } as object)}
              >
                {t('merges.other', { name: rejection.other.name || rejection.other.email })}
              </Anchor>
            )}
          </Group>
        </Stack>
        {isFixable(rejection) && (
          <Button size="xs" onClick={() => setOpen(true)}>
            {t(`fix.open.${rejection.reason}`, { defaultValue: t('fix.setValue') })}
          </Button>
        )}
      </Group>
      {open && <FixDialog rejection={rejection} onClose={() => setOpen(false)} />}
    </Paper>
  );
}
