import { Alert, Anchor, Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { signIn } from '../../api/auth.ts';
import { api, routes } from '../../api/client.ts';
import { locale } from '../../i18n.ts';

/** The code stands behind `#`, so that it is in no server's log. */
export function SetupPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [failed, setFailed] = useState<string | null>(null);
  const state = useQuery({ queryKey: ['setup'], queryFn: () => api(routes.setupState) });
  const form = useForm({ initialValues: { email: '', password: '' } });
  const submit = form.onSubmit(async ({ email, password }) => {
    setFailed(null);
    try {
      const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
      await api(routes.setup, { body: { code: location.hash.slice(1), email, password, locale: locale(), timeZone } });
      await signIn(email, password);
      await navigate({ to: '/crm' });
    } catch (error) {
      setFailed(error instanceof Error ? error.message : String(error));
    }
  });
  return (
    <Center mih="100vh" p="md">
      <Paper withBorder shadow="sm" p="xl" radius="lg" w={420}>
        <Stack>
          <Title order={1}>{t('setup.title')}</Title>
          {state.data?.open === false ? (
            <Text>
              {t('setup.done')}{' '}
              <Anchor component={Link} to="/sign-in">
                {t('signIn.submit')}
              </Anchor>
            </Text>
          ) : (
            <form onSubmit={submit}>
              <Stack>
                <Text c="dimmed">{t('setup.intro')}</Text>
                {failed !== null && <Alert color="red">{failed}</Alert>}
                <TextInput
                  label={t('signIn.email')}
                  type="email"
                  autoComplete="username"
                  required
                  {...form.getInputProps('email')}
                />
                <PasswordInput
                  label={t('signIn.password')}
                  description={t('setup.passwordHint')}
                  autoComplete="new-password"
                  required
                  minLength={10}
                  {...form.getInputProps('password')}
                />
                <Button type="submit">{t('setup.submit')}</Button>
              </Stack>
            </form>
          )}
        </Stack>
      </Paper>
    </Center>
  );
}
