import { Alert, Badge, Button, Group, Menu, Paper, Select, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { api, queryClient, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import { CopyBox } from '../../ui/copy-box.tsx';
import { Loading, tell, tellError } from '../../ui/feedback.tsx';

type User = z.output<typeof routes.users.response>['items'][number];

const refresh = (): void => {
  for (const key of ['users', 'invitations', 'access-requests'])
    void queryClient.invalidateQueries({ queryKey: [key] });
};

export const useRoles = () => {
  const { t } = useTranslation();
  return (['admin', 'marketing', 'sales'] as const).map((value) => ({ value, label: t(`settings.roles.${value}`) }));
};

/** Who signs in, who is invited, who asks to be let in. */
export function Users() {
  const { t } = useTranslation();
  const users = useQuery({ queryKey: ['users'], queryFn: () => api(routes.users) });
  const signOn = useQuery({ queryKey: ['sign-on'], queryFn: () => api(routes.signOn) });
  if (users.data === undefined) return <Loading />;
  const { enabled, passwords, breakGlass, roleClaim } = signOn.data ?? {};
  const onlyPassword = enabled === true && passwords === 'breakGlass' ? breakGlass : null;
  return (
    <Stack maw={900} gap="lg">
      <Requests />
      {enabled === true && roleClaim !== '' && (
        <Text size="sm" c="dimmed">
          {t('signOn.rolesFollow', { claim: roleClaim })}
        </Text>
      )}
      <Table.ScrollContainer minWidth={620}>
        <Table verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('settings.email')}</Table.Th>
              <Table.Th>{t('settings.role')}</Table.Th>
              <Table.Th>{t('settings.lastSignIn')}</Table.Th>
              <Table.Th>{t('account.twoFactorShort')}</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {users.data.items.map((one) => (
              <UserRow key={one.id} user={one} hasOnlyPassword={one.email === onlyPassword} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Invitations />
    </Stack>
  );
}

function UserRow({ user, hasOnlyPassword }: { readonly user: User; readonly hasOnlyPassword: boolean }) {
  const { t } = useTranslation();
  const roles = useRoles();
  const change = useMutation({
    mutationFn: (body: { role?: string; active?: boolean }) =>
      api(routes.updateUser, { params: { id: user.id }, body }),
    onSuccess: refresh,
    onError: tellError,
  });
  const endAll = useMutation({
    mutationFn: async () => {
      const { items } = await api(routes.sessions, { query: { all: 'true' } });
      const theirs = items.filter((one) => one.email === user.email && !one.current);
      for (const { id } of theirs) await api(routes.endSession, { params: { id } });
      return theirs.length;
    },
    onSuccess: (count) => tell(t('account.endedAll', { count })),
    onError: tellError,
  });
  const resetTwoFactor = useMutation({
    mutationFn: () => api(routes.resetTwoFactor, { params: { id: user.id } }),
    onSuccess: refresh,
    onError: tellError,
  });
  return (
    <Table.Tr>
      <Table.Td>
        {user.email}
        {hasOnlyPassword && (
          <Badge ml="xs" size="sm" variant="light" tt="none" title={t('signOn.passwordsClosedWhy')}>
            {t('signOn.passwordsClosed')}
          </Badge>
        )}
        {!user.active && (
          <Badge ml="xs" size="sm" color="gray" variant="light">
            {t('settings.deactivated')}
          </Badge>
        )}
      </Table.Td>
      <Table.Td>
        <Select
          size="xs"
          w={150}
          aria-label={t('settings.roleOf', { email: user.email })}
          allowDeselect={false}
          data={roles}
          value={user.role}
          disabled={!user.active}
          onChange={(role) => role !== null && change.mutate({ role })}
        />
      </Table.Td>
      <Table.Td>{when(user.lastSignInAt, t('common.never'))}</Table.Td>
      <Table.Td>{user.twoFactor ? t('common.yes') : t('common.no')}</Table.Td>
      <Table.Td>
        <Menu position="bottom-end">
          <Menu.Target>
            <Button size="compact-xs" variant="subtle" aria-label={t('settings.actionsFor', { email: user.email })}>
              {t('settings.actions')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => endAll.mutate()}>{t('account.endAll')}</Menu.Item>
            {user.twoFactor && (
              <Menu.Item onClick={() => resetTwoFactor.mutate()}>{t('settings.resetTwoFactor')}</Menu.Item>
            )}
            <Menu.Item color={user.active ? 'red' : 'green'} onClick={() => change.mutate({ active: !user.active })}>
              {t(user.active ? 'settings.deactivate' : 'settings.activate')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Table.Td>
    </Table.Tr>
  );
}

function useInvite() {
  const [made, setMade] = useState<{ link: string; mailed: boolean; email: string } | null>(null);
  const invite = useMutation({
    mutationFn: (body: { email: string; role: string }) => api(routes.invite, { body }),
    onSuccess: (answer, { email }) => {
      setMade({ ...answer, email });
      refresh();
    },
    onError: tellError,
  });
  return { invite, made };
}

function MadeLink({ made }: { readonly made: { link: string; mailed: boolean; email: string } }) {
  const { t } = useTranslation();
  return (
    <Alert color="green" title={t(made.mailed ? 'account.invitedMailed' : 'account.invitedCopy', made)}>
      <CopyBox text={made.link} />
    </Alert>
  );
}

function Invitations() {
  const { t } = useTranslation();
  const roles = useRoles();
  const open = useQuery({ queryKey: ['invitations'], queryFn: () => api(routes.invitations) });
  const { invite, made } = useInvite();
  const form = useForm({ initialValues: { email: '', role: 'sales' } });
  const revoke = useMutation({
    mutationFn: (id: string) => api(routes.revokeInvitation, { params: { id } }),
    onSuccess: refresh,
    onError: tellError,
  });
  return (
    <Paper withBorder p="md">
      <Stack>
        <Title order={2}>{t('account.invite')}</Title>
        {made !== null && <MadeLink made={made} />}
        <form onSubmit={form.onSubmit((values) => invite.mutate(values, { onSuccess: () => form.reset() }))}>
          <Group align="flex-end">
            <TextInput w={260} label={t('settings.email')} type="email" required {...form.getInputProps('email')} />
            <Select label={t('settings.role')} allowDeselect={false} data={roles} {...form.getInputProps('role')} />
            <Button type="submit" loading={invite.isPending}>
              {t('account.inviteSubmit')}
            </Button>
          </Group>
        </form>
        {(open.data?.items ?? []).map((one) => (
          <Group key={one.id} justify="space-between">
            <Text size="sm">
              {t('account.invitedUntil', { email: one.email, until: when(one.expiresAt, '') })}{' '}
              <Badge size="sm" variant="light">
                {roles.find((role) => role.value === one.role)?.label ?? one.role}
              </Badge>
            </Text>
            <Button size="compact-xs" variant="subtle" color="red" onClick={() => revoke.mutate(one.id)}>
              {t('account.takeBack')}
            </Button>
          </Group>
        ))}
      </Stack>
    </Paper>
  );
}

/** Reps who followed a CRM's link without a login. */
function Requests() {
  const { t } = useTranslation();
  const requests = useQuery({ queryKey: ['access-requests'], queryFn: () => api(routes.accessRequests) });
  const { invite, made } = useInvite();
  const dismiss = useMutation({
    mutationFn: (id: string) => api(routes.dismissAccessRequest, { params: { id } }),
    onSuccess: refresh,
    onError: tellError,
  });
  const items = requests.data?.items ?? [];
  if (items.length === 0 && made === null) return null;
  return (
    <Paper withBorder p="md">
      <Stack>
        <Title order={2}>{t('account.requests')}</Title>
        {made !== null && <MadeLink made={made} />}
        {items.map((one) => (
          <Group key={one.id} justify="space-between">
            <Stack gap={0}>
              <Text size="sm" fw={600}>
                {one.email}
              </Text>
              <Text size="sm" c="dimmed">
                {one.note || '–'} · {when(one.createdAt, '')}
              </Text>
            </Stack>
            <Group gap="xs">
              <Button size="xs" onClick={() => invite.mutate({ email: one.email, role: 'sales' })}>
                {t('account.letIn')}
              </Button>
              <Button size="xs" variant="default" onClick={() => dismiss.mutate(one.id)}>
                {t('account.sayNo')}
              </Button>
            </Group>
          </Group>
        ))}
      </Stack>
    </Paper>
  );
}
