import { Anchor, Button, Stack, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { askForNewPassword, failedKey, setNewPassword } from '../../api/auth.ts';
import { api, routes } from '../../api/client.ts';
import { tell } from '../../ui/feedback.tsx';
import { PasswordField } from '../../ui/password-field.tsx';
import { Door } from './door.tsx';

const BackToSignIn = () => {
  const { t } = useTranslation();
  return (
    <Anchor size="sm" component={Link} to="/sign-in">
      {t('account.backToSignIn')}
    </Anchor>
  );
};

/** Asks for the mail; says the same whoever asks. */
export function ForgottenPage() {
  const { t } = useTranslation();
  const form = useForm({ initialValues: { email: '' } });
  const ask = useMutation({ mutationFn: ({ email }: typeof form.values) => askForNewPassword(email) });
  return (
    <Door
      title={t('account.forgottenTitle')}
      intro={t('account.forgottenIntro')}
      failed={ask.isError ? t(failedKey(ask.error, 'account.noAnswer')) : null}
      done={ask.isSuccess ? t('account.forgottenSent') : null}
    >
      {!ask.isSuccess && (
        <form onSubmit={form.onSubmit((values) => ask.mutate(values))}>
          <Stack>
            <TextInput label={t('signIn.email')} type="email" required autoFocus {...form.getInputProps('email')} />
            <Button type="submit" loading={ask.isPending}>
              {t('account.sendLink')}
            </Button>
          </Stack>
        </form>
      )}
      <BackToSignIn />
    </Door>
  );
}

/** The link of the mail: the token stands behind `#`, so that it is in no server's log. */
export function ResetPasswordPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const form = useForm({ initialValues: { password: '' } });
  const set = useMutation({
    mutationFn: ({ password }: typeof form.values) => setNewPassword(location.hash.slice(1), password),
    onSuccess: async () => {
      await navigate({ to: '/sign-in' });
      tell(t('account.passwordSet'));
    },
  });
  return (
    <Door title={t('account.newPassword')} failed={set.isError ? t(failedKey(set.error, 'account.linkOver')) : null}>
      <form onSubmit={form.onSubmit((values) => set.mutate(values))}>
        <Stack>
          <PasswordField
            label={t('account.newPassword')}
            description={t('setup.passwordHint')}
            autoComplete="new-password"
            minLength={10}
            autoFocus
            {...form.getInputProps('password')}
          />
          <Button type="submit" loading={set.isPending}>
            {t('common.save')}
          </Button>
        </Stack>
      </form>
      <BackToSignIn />
    </Door>
  );
}

/** A rep without a login who followed the CRM's link. */
export function AskForAccessPage() {
  const { t } = useTranslation();
  const form = useForm({ initialValues: { email: '', note: '' } });
  const ask = useMutation({ mutationFn: (body: typeof form.values) => api(routes.askForAccess, { body }) });
  return (
    <Door
      title={t('account.askTitle')}
      intro={t('account.askIntro')}
      failed={ask.error?.message ?? null}
      done={ask.isSuccess ? t('account.asked') : null}
    >
      {!ask.isSuccess && (
        <form onSubmit={form.onSubmit((values) => ask.mutate(values))}>
          <Stack>
            <TextInput label={t('signIn.email')} type="email" required autoFocus {...form.getInputProps('email')} />
            <Textarea label={t('account.askNote')} maxLength={500} autosize {...form.getInputProps('note')} />
            <Button type="submit" loading={ask.isPending}>
              {t('account.askSubmit')}
            </Button>
          </Stack>
        </form>
      )}
      <BackToSignIn />
    </Door>
  );
}
