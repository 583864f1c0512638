import { Alert, Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { queryClient, SignInFailed, signIn } from '../../api/client.ts';

export function SignInPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [failed, setFailed] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useForm({ initialValues: { email: '', password: '' } });
  const submit = form.onSubmit(async ({ email, password }) => {
    setBusy(true);
    setFailed(null);
    try {
      await signIn(email, password);
      queryClient.clear();
      await navigate({ to: '/' });
    } catch (error) {
      setFailed(t(error instanceof SignInFailed && error.tooMany ? 'signIn.many' : 'signIn.failed'));
    } finally {
      setBusy(false);
    }
  });
  return (
    <Center mih="100vh" p="md">
      <Paper withBorder shadow="sm" p="xl" radius="lg" w={380}>
        <form onSubmit={submit}>
          <Stack>
            <Title order={1}>{t('signIn.title')}</Title>
            {failed !== null && <Alert color="red">{failed}</Alert>}
            <TextInput
              label={t('signIn.email')}
              type="email"
              autoComplete="username"
              required
              autoFocus
              {...form.getInputProps('email')}
            />
            <PasswordInput
              label={t('signIn.password')}
              autoComplete="current-password"
              required
              {...form.getInputProps('password')}
            />
            <Button type="submit" loading={busy}>
              {t('signIn.submit')}
            </Button>
            <Text size="xs" c="dimmed">
              {t('signIn.forgot')}
            </Text>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
