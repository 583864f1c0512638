import { Anchor, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AuthFailed, showSecondFactor, signIn } from '../../api/auth.ts';
import { signInRoute } from '../../routes.tsx';
import { PasswordField } from '../../ui/password-field.tsx';
import { Door } from './door.tsx';

/** Back to where somebody came from: a path of ours, never an address of somebody else's. */
const wayBack = (to: string | undefined): string => (to !== undefined && /^\/(?![/\\])/.test(to) ? to : '/');

export function SignInPage() {
  const { to } = signInRoute.useSearch();
  const navigate = useNavigate();
  const [step, setStep] = useState<'password' | 'second-factor'>('password');
  const enter = (): Promise<void> => navigate({ href: wayBack(to) });
  return step === 'password' ? (
    <Password onIn={enter} onSecondFactor={() => setStep('second-factor')} to={to} />
  ) : (
    <SecondFactor onIn={enter} />
  );
}

function Password(props: {
  readonly onIn: () => Promise<void>;
  readonly onSecondFactor: () => void;
  readonly to: string | undefined;
}) {
  const { t } = useTranslation();
  const [failed, setFailed] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useForm({ initialValues: { email: '', password: '' } });
  const submit = form.onSubmit(async ({ email, password }) => {
    setBusy(true);
    setFailed(null);
    try {
      if ((await signIn(email, password)) === 'in') await props.onIn();
      else props.onSecondFactor();
    } catch (error) {
      setFailed(t(error instanceof AuthFailed && error.tooMany ? 'signIn.many' : 'signIn.failed'));
    } finally {
      setBusy(false);
    }
  });
  return (
    <Door title={t('signIn.title')} failed={failed}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={t('signIn.email')}
            type="email"
            autoComplete="username"
            required
            autoFocus
            {...form.getInputProps('email')}
          />
          <PasswordField
            label={t('signIn.password')}
            autoComplete="current-password"
            {...form.getInputProps('password')}
          />
          <Button type="submit" loading={busy}>
            {t('signIn.submit')}
          </Button>
        </Stack>
      </form>
      <Group justify="space-between">
        <Anchor size="sm" component={Link} to="/forgotten">
          {t('account.forgotten')}
        </Anchor>
        <Anchor size="sm" component={Link} to="/ask-for-access">
          {t('account.noLogin')}
        </Anchor>
      </Group>
      {props.to?.startsWith('/contacts/') === true && (
        <Text size="sm" c="dimmed">
          {t('account.fromCrm')}
        </Text>
      )}
    </Door>
  );
}

function SecondFactor({ onIn }: { readonly onIn: () => Promise<void> }) {
  const { t } = useTranslation();
  const [failed, setFailed] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useForm({ initialValues: { code: '' } });
  const submit = form.onSubmit(async ({ code }) => {
    setBusy(true);
    setFailed(null);
    try {
      await showSecondFactor(code);
      await onIn();
    } catch (error) {
      setFailed(t(error instanceof AuthFailed && error.tooMany ? 'signIn.many' : 'account.wrongCode'));
    } finally {
      setBusy(false);
    }
  });
  return (
    <Door title={t('account.secondFactor')} intro={t('account.secondFactorIntro')} failed={failed}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={t('account.code')}
            autoComplete="one-time-code"
            inputMode="text"
            required
            autoFocus
            {...form.getInputProps('code')}
          />
          <Button type="submit" loading={busy}>
            {t('signIn.submit')}
          </Button>
        </Stack>
      </form>
    </Door>
  );
}
