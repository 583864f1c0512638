import {
  Alert,
  Anchor,
  Badge,
  Button,
  Checkbox,
  Code,
  Group,
  Paper,
  Select,
  Stack,
  Table,
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
import { CopyBox } from '../../ui/copy-box.tsx';
import { tellError } from '../../ui/feedback.tsx';
import { useRoles } from './users.tsx';

const SCOPES = [
  'contacts:read',
  'contacts:write',
  'hub:write',
  'sync:read',
  'sync:write',
  'connections:write',
  'webhooks:write',
  'admin',
] as const;
const DAYS = ['30', '90', '365', ''] as const;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Keys for programs: a role or single scopes, an end, last use. */
export function Keys() {
  const { t } = useTranslation();
  const keys = useQuery({ queryKey: ['api-keys'], queryFn: () => api(routes.apiKeys) });
  const drop = useMutation({
    mutationFn: (id: string) => api(routes.revokeApiKey, { params: { id } }),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: ['api-keys'] }),
    onError: tellError,
  });
  const items = keys.data?.items ?? [];
  return (
    <Stack maw={900} gap="lg">
      {keys.data !== undefined && items.length === 0 && <Text c="dimmed">{t('settings.noKeys')}</Text>}
      {items.length > 0 && (
        <Table.ScrollContainer minWidth={700}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('settings.name')}</Table.Th>
                <Table.Th>{t('account.key')}</Table.Th>
                <Table.Th>{t('account.may')}</Table.Th>
                <Table.Th>{t('settings.used')}</Table.Th>
                <Table.Th>{t('account.ends')}</Table.Th>
                <Table.Th />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {items.map((one) => (
                <Table.Tr key={one.id}>
                  <Table.Td>{one.name}</Table.Td>
                  <Table.Td>
                    <Code>{`${one.prefix}…`}</Code>
                  </Table.Td>
                  <Table.Td>
                    <Badge variant="light" tt="none">
                      {one.role ?? one.scopes.join(' ')}
                    </Badge>
                  </Table.Td>
                  <Table.Td>{when(one.lastUsedAt, t('common.never'))}</Table.Td>
                  <Table.Td>{when(one.expiresAt, t('common.never'))}</Table.Td>
                  <Table.Td>
                    <Button size="compact-xs" variant="subtle" color="red" onClick={() => drop.mutate(one.id)}>
                      {t('settings.revoke')}
                    </Button>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <NewKey />
      <Anchor href="/api/docs" target="_blank" w="fit-content">
        {t('account.reference')}
      </Anchor>
    </Stack>
  );
}

function NewKey() {
  const { t } = useTranslation();
  const roles = useRoles();
  const [made, setMade] = useState<string | null>(null);
  const form = useForm({
    initialValues: { name: '', role: 'marketing', days: '365', scopes: [] as string[] },
    validate: { scopes: (value, all) => (all.role === '' && value.length === 0 ? t('account.scopesNeeded') : null) },
  });
  const make = useMutation({
    mutationFn: (one: typeof form.values) =>
      api(routes.createApiKey, {
        body: {
          name: one.name,
          ...(one.role === '' ? { scopes: one.scopes } : { role: one.role }),
          ...(one.days === '' ? {} : { expiresAt: new Date(Date.now() + Number(one.days) * DAY_MS).toISOString() }),
        },
      }),
    onSuccess: ({ key }) => {
      setMade(key);
      form.reset();
      void queryClient.invalidateQueries({ queryKey: ['api-keys'] });
    },
    onError: tellError,
  });
  return (
    <Paper withBorder p="md">
      <form onSubmit={form.onSubmit((values) => make.mutate(values))}>
        <Stack>
          <Title order={2}>{t('settings.makeKey')}</Title>
          {made !== null && (
            <Alert color="green" title={t('settings.keyOnce')}>
              <CopyBox text={made} />
            </Alert>
          )}
          <Group align="flex-end">
            <TextInput label={t('settings.name')} required {...form.getInputProps('name')} />
            <Select
              label={t('account.may')}
              allowDeselect={false}
              data={[...roles, { value: '', label: t('account.singleScopes') }]}
              {...form.getInputProps('role')}
            />
            <Select
              label={t('account.ends')}
              allowDeselect={false}
              data={DAYS.map((value) => ({
                value,
                label: value === '' ? t('common.never') : t('account.inDays', { days: value }),
              }))}
              {...form.getInputProps('days')}
            />
            <Button type="submit" loading={make.isPending}>
              {t('settings.makeKey')}
            </Button>
          </Group>
          {form.values.role === '' && (
            <Checkbox.Group {...form.getInputProps('scopes')}>
              <Group gap="md">
                {SCOPES.map((scope) => (
                  <Checkbox key={scope} value={scope} label={scope} />
                ))}
              </Group>
            </Checkbox.Group>
          )}
        </Stack>
      </form>
    </Paper>
  );
}
