import { Button, Divider, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { signIn } from '../../api/auth.ts';
import { api, routes } from '../../api/client.ts';
import { locale } from '../../i18n.ts';
import { Loading } from '../../ui/feedback.tsx';
import { PasswordField } from '../../ui/password-field.tsx';
import { Door } from './door.tsx';

/** The link of an invitation: choose a password, and one is in. */
export function InvitationPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const token = location.hash.slice(1);
  const invitation = useQuery({
    queryKey: ['invitation', token],
    queryFn: () => api(routes.readInvitation, { body: { token } }),
    retry: false,
  });
  const offer = useQuery({ queryKey: ['sign-on-offer'], queryFn: () => api(routes.signOnOffer), retry: false });
  const form = useForm({ initialValues: { name: '', password: '' } });
  const accept = useMutation({
    mutationFn: async ({ name, password }: typeof form.values) => {
      const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
      const named = name.trim() === '' ? {} : { name: name.trim() };
      const { email } = await api(routes.acceptInvitation, {
        body: { token, password, locale: locale(), timeZone, ...named },
      });
      await signIn(email, password);
    },
    onSuccess: () => navigate({ to: '/' }),
  });
  if (invitation.isPending || offer.isPending) return <Loading />;
  const email = invitation.data?.email ?? null;
  if (email === null) return <Door title={t('account.invitation')} failed={t('account.invitationOver')} />;
  return (
    <Door
      title={t('account.invitation')}
      intro={t('account.invitationFor', { email })}
      failed={accept.error?.message ?? null}
    >
      {offer.data?.enabled === true && (
        <>
          <Button component="a" href="/sso" size="md">
            {t('signOn.button', { label: offer.data.label === '' ? t('signOn.unnamed') : offer.data.label })}
          </Button>
          {offer.data.passwords === 'everybody' && <Divider label={t('signOn.withPassword')} />}
        </>
      )}
      {/* A password would open nothing while sign-on alone is open. */}
      <form onSubmit={form.onSubmit((values) => accept.mutate(values))} hidden={offer.data?.passwords === 'breakGlass'}>
        <Stack>
          <input type="hidden" autoComplete="username" value={email} readOnly />
          <TextInput label={t('account.name')} autoComplete="name" {...form.getInputProps('name')} />
          <PasswordField
            label={t('signIn.password')}
            description={t('setup.passwordHint')}
            autoComplete="new-password"
            minLength={10}
            {...form.getInputProps('password')}
          />
          <Button type="submit" loading={accept.isPending}>
            {t('account.accept')}
          </Button>
        </Stack>
      </form>
    </Door>
  );
}
