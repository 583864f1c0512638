import { Alert, Anchor, Button, Center, Loader, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconAlertTriangle, IconMoodEmpty } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

export const Loading = () => (
  <Center py="xl">
    <Loader size="sm" />
  </Center>
);

/** A list with nothing in it says what to do next. */
export function Empty(props: { readonly title: string; readonly text: string; readonly action?: ReactNode }) {
  return (
    <Center py={64}>
      <Stack align="center" gap="xs" maw={420}>
        <ThemeIcon variant="light" size={48} radius="xl">
          <IconMoodEmpty size={26} />
        </ThemeIcon>
        <Title order={2}>{props.title}</Title>
        <Text c="dimmed" ta="center">
          {props.text}
        </Text>
        {props.action}
      </Stack>
    </Center>
  );
}

/** An address that leads nowhere. */
export function NotHere() {
  const { t } = useTranslation();
  return (
    <Empty
      title={t('common.notHere')}
      text={t('common.notHereText')}
      action={
        <Anchor href="/" size="sm">
          {t('common.toStart')}
        </Anchor>
      }
    />
  );
}

/** What happened, and a way to try again. */
export function Failed(props: { readonly error: Error; readonly retry?: () => void }) {
  const { t } = useTranslation();
  return (
    <Alert color="red" icon={<IconAlertTriangle size={18} />} title={t('common.error')} my="md">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{props.error.message}</Text>
        {props.retry !== undefined && (
          <Button size="xs" variant="light" color="red" onClick={props.retry}>
            {t('common.retry')}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

export const tell = (message: string): void => void notifications.show({ message, color: 'green', withBorder: true });
export const tellError = (error: unknown): void =>
  void notifications.show({
    message: error instanceof Error ? error.message : String(error),
    color: 'red',
    withBorder: true,
    autoClose: 8_000,
  });
