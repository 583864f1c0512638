import {
  Alert,
  Badge,
  Button,
  Code,
  Group,
  PasswordInput,
  Select,
  Stack,
  Table,
  Tabs,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import { Loading, tellError } from '../../ui/feedback.tsx';
import { ScoreSettings } from './score-rules.tsx';

export function SettingsPage() {
  const { t } = useTranslation();
  return (
    <Stack>
      <Title order={1}>{t('app.settings')}</Title>
      <Tabs defaultValue="users" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="users">{t('settings.users')}</Tabs.Tab>
          <Tabs.Tab value="keys">{t('settings.keys')}</Tabs.Tab>
          <Tabs.Tab value="rules">{t('settings.rules')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="users" pt="md">
          <Users />
        </Tabs.Panel>
        <Tabs.Panel value="keys" pt="md">
          <Keys />
        </Tabs.Panel>
        <Tabs.Panel value="rules" pt="md">
          <ScoreSettings />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

const useRoles = () => {
  const { t } = useTranslation();
  return (['admin', 'marketing', 'sales'] as const).map((value) => ({ value, label: t(`settings.roles.${value}`) }));
};

function Users() {
  const { t } = useTranslation();
  const roles = useRoles();
  const users = useQuery({ queryKey: ['users'], queryFn: () => api(routes.users) });
  const form = useForm({ initialValues: { email: '', password: '', role: 'sales' } });
  const refresh = () => void queryClient.invalidateQueries({ queryKey: ['users'] });
  const add = useMutation({
    mutationFn: (body: typeof form.values) => api(routes.addUser, { body }),
    onSuccess: () => {
      form.reset();
      refresh();
    },
    onError: tellError,
  });
  const drop = useMutation({
    mutationFn: (id: string) => api(routes.deactivateUser, { params: { id } }),
    onSuccess: refresh,
    onError: tellError,
  });
  if (users.data === undefined) return <Loading />;
  return (
    <Stack maw={860}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('settings.email')}</Table.Th>
            <Table.Th>{t('settings.role')}</Table.Th>
            <Table.Th>{t('settings.lastSignIn')}</Table.Th>
            <Table.Th />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {users.data.items.map((one) => (
            <Table.Tr key={one.id}>
              <Table.Td>{one.email}</Table.Td>
              <Table.Td>
                <Badge variant="light">{roles.find((role) => role.value === one.role)?.label ?? one.role}</Badge>
              </Table.Td>
              <Table.Td>{when(one.lastSignInAt, t('common.never'))}</Table.Td>
              <Table.Td>
                {one.active && (
                  <Button size="compact-xs" variant="subtle" color="red" onClick={() => drop.mutate(one.id)}>
                    {t('settings.deactivate')}
                  </Button>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <form onSubmit={form.onSubmit((values) => add.mutate(values))}>
        <Group align="flex-end">
          <TextInput label={t('settings.email')} type="email" required {...form.getInputProps('email')} />
          <PasswordInput
            w={200}
            label={t('settings.password')}
            required
            minLength={10}
            autoComplete="new-password"
            {...form.getInputProps('password')}
          />
          <Select label={t('settings.role')} allowDeselect={false} data={roles} {...form.getInputProps('role')} />
          <Button type="submit" loading={add.isPending}>
            {t('settings.addUser')}
          </Button>
        </Group>
      </form>
    </Stack>
  );
}

function Keys() {
  const { t } = useTranslation();
  const roles = useRoles();
  const keys = useQuery({ queryKey: ['api-keys'], queryFn: () => api(routes.apiKeys) });
  const form = useForm({ initialValues: { name: '', role: 'marketing' } });
  const [made, setMade] = useState<string | null>(null);
  const refresh = () => void queryClient.invalidateQueries({ queryKey: ['api-keys'] });
  const make = useMutation({
    mutationFn: (body: typeof form.values) => api(routes.createApiKey, { body }),
    onSuccess: ({ key }) => {
      setMade(key);
      form.reset();
      refresh();
    },
    onError: tellError,
  });
  const drop = useMutation({
    mutationFn: (id: string) => api(routes.revokeApiKey, { params: { id } }),
    onSuccess: refresh,
    onError: tellError,
  });
  return (
    <Stack maw={860}>
      {made !== null && (
        <Alert color="green" title={t('settings.keyOnce')}>
          <Code>{made}</Code>
        </Alert>
      )}
      {keys.data?.items.length === 0 && <Text c="dimmed">{t('settings.noKeys')}</Text>}
      <Table>
        <Table.Tbody>
          {(keys.data?.items ?? []).map((one) => (
            <Table.Tr key={one.id}>
              <Table.Td>{one.name}</Table.Td>
              <Table.Td>
                <Code>{`${one.prefix}…`}</Code>
              </Table.Td>
              <Table.Td>{one.role}</Table.Td>
              <Table.Td>{`${t('settings.used')}: ${when(one.lastUsedAt, t('common.never'))}`}</Table.Td>
              <Table.Td>
                <Button size="compact-xs" variant="subtle" color="red" onClick={() => drop.mutate(one.id)}>
                  {t('settings.revoke')}
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <form onSubmit={form.onSubmit((values) => make.mutate(values))}>
        <Group align="flex-end">
          <TextInput label={t('settings.name')} required {...form.getInputProps('name')} />
          <Select label={t('settings.role')} allowDeselect={false} data={roles} {...form.getInputProps('role')} />
          <Button type="submit">{t('settings.makeKey')}</Button>
        </Group>
      </form>
    </Stack>
  );
}
