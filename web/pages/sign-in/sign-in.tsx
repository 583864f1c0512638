import { Anchor, Button, Divider, Group, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { failedKey, showSecondFactor, signIn } from '../../api/auth.ts';
import { api, routes } from '../../api/client.ts';
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
    <SecondFactor onIn={enter} onBack={() => setStep('password')} />
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
  const [asked, setAsked] = useState(false);
  // Without an answer the password's fields are there: they work whatever the offer is.
  const offer = useQuery({ queryKey: ['sign-on-offer'], queryFn: () => api(routes.signOnOffer), retry: false });
  const form = useForm({ initialValues: { email: '', password: '' } });
  const submit = form.onSubmit(async ({ email, password }) => {
    setBusy(true);
    setFailed(null);
    try {
      if ((await signIn(email, password)) === 'in') await props.onIn();
      else props.onSecondFactor();
    } catch (error) {
      setFailed(t(failedKey(error, 'signIn.failed')));
    } finally {
      setBusy(false);
    }
  });
  const isClosed = offer.data?.passwords === 'breakGlass' && !asked;
  return (
    <Door title={t('signIn.title')} failed={failed}>
      {offer.data?.enabled === true && (
        <>
          <Button component="a" href={`/sso?to=${encodeURIComponent(wayBack(props.to))}`} size="md">
            {t('signOn.button', { label: offer.data.label === '' ? t('signOn.unnamed') : offer.data.label })}
          </Button>
          {isClosed ? (
            <Anchor component="button" type="button" size="sm" onClick={() => setAsked(true)}>
              {t('signOn.withPassword')}
            </Anchor>
          ) : (
            <Divider label={t('signOn.withPassword')} />
          )}
          {offer.data.passwords === 'breakGlass' && asked && (
            <Text size="sm" c="dimmed">
              {t('signOn.emergency')}
            </Text>
          )}
        </>
      )}
      <form onSubmit={submit} hidden={isClosed}>
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
        {!isClosed && (
          <Anchor size="sm" component={Link} to="/forgotten">
            {t('account.forgotten')}
          </Anchor>
        )}
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

function SecondFactor({ onIn, onBack }: { readonly onIn: () => Promise<void>; readonly onBack: () => void }) {
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
      setFailed(t(failedKey(error, 'account.wrongCode')));
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
      {/* After five wrong codes none is taken any more, until the password was given again. */}
      <Anchor component="button" type="button" size="sm" onClick={onBack}>
        {t('account.again')}
      </Anchor>
    </Door>
  );
}
