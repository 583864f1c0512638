import { Alert, Badge, Button, Code, Group, Paper, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { encode } from 'uqr';
import {
  beginSecondFactor,
  endSecondFactor,
  failedKey,
  newRecoveryCodes,
  type SecondFactor,
  showSecondFactor,
} from '../../api/auth.ts';
import { CopyBox } from '../../ui/copy-box.tsx';
import { tell, tellError } from '../../ui/feedback.tsx';
import { PasswordField } from '../../ui/password-field.tsx';

/** A second factor by an app on the phone, with recovery codes for the day the phone is lost. */
export function TwoFactor({ on }: { readonly on: boolean }) {
  const { t } = useTranslation();
  const [begun, setBegun] = useState<SecondFactor | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const form = useForm({ initialValues: { password: '' } });
  const fail = (error: Error): void => tellError(new Error(t(failedKey(error, 'account.wrongPassword'))));
  const act = useMutation({
    mutationFn: async (what: 'begin' | 'end' | 'codes') => {
      const { password } = form.values;
      if (what === 'begin') setBegun(await beginSecondFactor(password));
      else if (what === 'codes') setCodes(await newRecoveryCodes(password));
      else {
        await endSecondFactor(password);
        // Everything on the screen is read anew: the session has been renewed.
        location.reload();
      }
      form.reset();
    },
    onError: fail,
  });
  return (
    <Paper withBorder p="md">
      <Stack>
        <Group>
          <Title order={2}>{t('account.secondFactor')}</Title>
          <Badge variant="light" color={on ? 'green' : 'gray'}>
            {t(on ? 'account.isOn' : 'account.isOff')}
          </Badge>
        </Group>
        <Text size="sm" c="dimmed">
          {t('account.secondFactorWhy')}
        </Text>
        {begun !== null && <Confirm begun={begun} />}
        {codes !== null && <Recovery codes={codes} />}
        {begun === null && (
          <form onSubmit={form.onSubmit(() => act.mutate(on ? 'end' : 'begin'))}>
            <Group align="flex-end">
              <PasswordField
                w={260}
                label={t('account.currentPassword')}
                autoComplete="current-password"
                {...form.getInputProps('password')}
              />
              <Button type="submit" variant={on ? 'default' : 'filled'} loading={act.isPending}>
                {t(on ? 'account.switchOff' : 'account.switchOn')}
              </Button>
              {on && (
                <Button variant="default" disabled={form.values.password === ''} onClick={() => act.mutate('codes')}>
                  {t('account.newCodes')}
                </Button>
              )}
            </Group>
          </form>
        )}
      </Stack>
    </Paper>
  );
}

function Confirm({ begun }: { readonly begun: SecondFactor }) {
  const { t } = useTranslation();
  const form = useForm({ initialValues: { code: '' } });
  const show = useMutation({
    mutationFn: ({ code }: typeof form.values) => showSecondFactor(code),
    onSuccess: () => {
      tell(t('account.isOn'));
      location.reload();
    },
    onError: () => form.setFieldError('code', t('account.wrongCode')),
  });
  const secret = new URL(begun.uri).searchParams.get('secret') ?? '';
  return (
    <Stack>
      <Text size="sm">{t('account.scan')}</Text>
      <Group align="flex-start">
        <QrCode text={begun.uri} />
        <Stack gap="xs" style={{ flex: 1, minWidth: 220 }}>
          <Text size="sm">{t('account.orType')}</Text>
          <CopyBox text={secret} />
        </Stack>
      </Group>
      <Recovery codes={begun.recoveryCodes} />
      <form onSubmit={form.onSubmit((values) => show.mutate(values))}>
        <Group align="flex-end">
          <TextInput
            label={t('account.code')}
            autoComplete="one-time-code"
            inputMode="numeric"
            required
            {...form.getInputProps('code')}
          />
          <Button type="submit" loading={show.isPending}>
            {t('account.switchOn')}
          </Button>
        </Group>
      </form>
    </Stack>
  );
}

function Recovery({ codes }: { readonly codes: readonly string[] }) {
  const { t } = useTranslation();
  return (
    <Alert color="orange" title={t('account.recovery')}>
      <Stack gap="xs">
        <SimpleGrid cols={{ base: 2, xs: 5 }} spacing="xs">
          {codes.map((code) => (
            <Code key={code}>{code}</Code>
          ))}
        </SimpleGrid>
        <CopyBox text={codes.join(' ')} />
      </Stack>
    </Alert>
  );
}

/** Black on white whatever the scheme: cameras read no inverted ones. */
function QrCode({ text }: { readonly text: string }) {
  const { t } = useTranslation();
  const { data, size } = encode(text, { border: 3 });
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('');
  return (
    <svg width={180} height={180} viewBox={`0 0 ${size} ${size}`} role="img" aria-label={t('account.qr')}>
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" shapeRendering="crispEdges" />
    </svg>
  );
}
