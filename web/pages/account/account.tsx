import { Badge, Button, Group, Paper, Select, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { changePassword, failedKey } from '../../api/auth.ts';
import { api, queryClient, routes } from '../../api/client.ts';
import { setLocale, when } from '../../i18n.ts';
import { meQuery } from '../../routes.tsx';
import { Loading, tell, tellError } from '../../ui/feedback.tsx';
import { PasswordField } from '../../ui/password-field.tsx';
import { deviceName } from './device-name.ts';
import { TwoFactor } from './two-factor.tsx';

/** One's own account: name, language, zone, password, second factor, sessions. */
export function AccountPage() {
  const { t } = useTranslation();
  const me = useQuery(meQuery);
  if (me.data === undefined) return <Loading />;
  return (
    <Stack maw={720}>
      <Title order={1}>{t('account.title')}</Title>
      <Profile key={JSON.stringify(me.data)} name={me.data.name} locale={me.data.locale} timeZone={me.data.timeZone} />
      <Password />
      <TwoFactor on={me.data.twoFactor === true} />
      <Sessions />
    </Stack>
  );
}

/** Browsers leave UTC and the former names of zones out of their list; what is set has to be in it to be shown. */
const zonesWith = (set: string | null): readonly string[] => [
  ...new Set([...(set === null ? [] : [set]), 'UTC', ...Intl.supportedValuesOf('timeZone')]),
];

function Profile(props: { readonly name: string; readonly locale: string | null; readonly timeZone: string | null }) {
  const { t } = useTranslation();
  const form = useForm({
    initialValues: { name: props.name, locale: props.locale ?? '', timeZone: props.timeZone ?? '' },
  });
  const save = useMutation({
    mutationFn: ({ name, locale, timeZone }: typeof form.values) =>
      api(routes.updateMe, {
        body: {
          name,
          locale: locale === 'en' || locale === 'fr' ? locale : null,
          timeZone: timeZone === '' ? null : timeZone,
        },
      }),
    onSuccess: async (_, { locale }) => {
      if (locale === 'en' || locale === 'fr') await setLocale(locale);
      await queryClient.invalidateQueries({ queryKey: ['me'] });
      tell(t('contacts.saved'));
    },
    onError: tellError,
  });
  const asInstance = { value: '', label: t('account.asInstance') };
  return (
    <Paper withBorder p="md">
      <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
        <Stack>
          <TextInput label={t('account.name')} required {...form.getInputProps('name')} />
          <Group grow>
            <Select
              label={t('app.language')}
              allowDeselect={false}
              data={[asInstance, { value: 'en', label: 'English' }, { value: 'fr', label: 'Français' }]}
              {...form.getInputProps('locale')}
            />
            <Select
              label={t('account.timeZone')}
              searchable
              allowDeselect={false}
              data={[asInstance, ...zonesWith(props.timeZone)]}
              {...form.getInputProps('timeZone')}
            />
          </Group>
          <Button type="submit" loading={save.isPending} disabled={!form.isDirty()} style={{ alignSelf: 'flex-start' }}>
            {t('common.save')}
          </Button>
        </Stack>
      </form>
    </Paper>
  );
}

function Password() {
  const { t } = useTranslation();
  const form = useForm({ initialValues: { current: '', next: '' } });
  const save = useMutation({
    mutationFn: ({ current, next }: typeof form.values) => changePassword(current, next),
    onSuccess: () => {
      form.reset();
      void queryClient.invalidateQueries({ queryKey: ['sessions'] });
      tell(t('account.passwordChanged'));
    },
    onError: (error) => tellError(new Error(t(failedKey(error, 'account.wrongPassword')))),
  });
  return (
    <Paper withBorder p="md">
      <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
        <Stack>
          <Title order={2}>{t('account.changePassword')}</Title>
          <Group grow align="flex-start">
            <PasswordField
              label={t('account.currentPassword')}
              autoComplete="current-password"
              {...form.getInputProps('current')}
            />
            <PasswordField
              label={t('account.newPassword')}
              description={t('setup.passwordHint')}
              inputWrapperOrder={['label', 'input', 'description']}
              autoComplete="new-password"
              minLength={10}
              {...form.getInputProps('next')}
            />
          </Group>
          <Text size="sm" c="dimmed">
            {t('account.passwordEnds')}
          </Text>
          <Button type="submit" loading={save.isPending} style={{ alignSelf: 'flex-start' }}>
            {t('account.changePassword')}
          </Button>
        </Stack>
      </form>
    </Paper>
  );
}

/** "Firefox on Windows" */
function Device({ userAgent }: { readonly userAgent: string | null }) {
  const { t } = useTranslation();
  const device = deviceName(userAgent);
  if (device === null) return t('account.deviceUnknown');
  const { browser, system } = device;
  return system === null ? browser : t('account.device', { browser, system });
}

function Sessions() {
  const { t } = useTranslation();
  const sessions = useQuery({ queryKey: ['sessions'], queryFn: () => api(routes.sessions) });
  const end = useMutation({
    mutationFn: (id: string) => api(routes.endSession, { params: { id } }),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: ['sessions'] }),
    onError: tellError,
  });
  return (
    <Paper withBorder p="md">
      <Stack>
        <Title order={2}>{t('account.sessions')}</Title>
        <Table.ScrollContainer minWidth={520}>
          <Table fz="sm">
            <Table.Tbody>
              {(sessions.data?.items ?? []).map((one) => (
                <Table.Tr key={one.id}>
                  <Table.Td maw={320}>
                    <Text size="sm" title={one.userAgent ?? undefined}>
                      <Device userAgent={one.userAgent} />
                    </Text>
                  </Table.Td>
                  <Table.Td>{one.address ?? '–'}</Table.Td>
                  <Table.Td>{when(one.createdAt, '')}</Table.Td>
                  <Table.Td>
                    {one.current ? (
                      <Badge variant="light">{t('account.thisOne')}</Badge>
                    ) : (
                      <Button size="compact-xs" variant="subtle" color="red" onClick={() => end.mutate(one.id)}>
                        {t('account.endSession')}
                      </Button>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Stack>
    </Paper>
  );
}
