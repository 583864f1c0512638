import { ActionIcon, Alert, Button, Code, CopyButton, Group, Stack, Text, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy, IconExternalLink } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import { tellError } from '../../ui/feedback.tsx';
import type { Connection, Crm } from './queries.ts';

/** Away to the vendor's page; it sends the browser back to ours. */
export async function goToVendor(id: string): Promise<void> {
  const { url } = await api(routes.authorize, { params: { id } });
  window.location.assign(url);
}

/** *Connect with HubSpot*: one click, also when access was revoked. */
export function ConnectButton(props: {
  readonly connection: Connection;
  readonly label?: string;
  readonly variant?: 'filled' | 'light' | 'subtle';
  readonly size?: 'xs' | 'sm';
}) {
  const { t } = useTranslation();
  const { connection } = props;
  const go = useMutation({ mutationFn: () => goToVendor(connection.id), onError: tellError });
  return (
    <Button
      w="fit-content"
      size={props.size ?? 'sm'}
      variant={props.variant ?? 'filled'}
      leftSection={<IconExternalLink size={16} />}
      loading={go.isPending || go.isSuccess}
      onClick={() => go.mutate()}
    >
      {props.label ?? t('oauth.connectWith', { crm: connection.crmLabel })}
    </Button>
  );
}

/** What has to be entered with the app at the vendor, ready to be copied. */
export function RedirectAddress({ crm }: { readonly crm: Crm }) {
  const { t } = useTranslation();
  if (crm.oauth === null) return null;
  return (
    <Stack gap={4}>
      <Text size="sm" fw={500}>
        {t('oauth.redirect')}
      </Text>
      <Copyable text={crm.oauth.redirectUri} />
      <Text size="xs" c="dimmed">
        {t('oauth.redirectHelp', { crm: crm.label })}
      </Text>
      {crm.oauth.scope !== null && (
        <>
          <Text size="sm" fw={500} mt="xs">
            {t('oauth.scopes')}
          </Text>
          <Copyable text={crm.oauth.scope} />
        </>
      )}
    </Stack>
  );
}

function Copyable({ text }: { readonly text: string }) {
  const { t } = useTranslation();
  return (
    <Group gap="xs" wrap="nowrap" align="flex-start">
      <Code style={{ overflowWrap: 'anywhere' }}>{text}</Code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Tooltip label={t(copied ? 'oauth.copied' : 'oauth.copy')}>
            <ActionIcon variant="subtle" size="sm" onClick={copy} aria-label={t('oauth.copy')}>
              {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  );
}

/** Where the authorisation stands, and the button that mends it. */
export function AuthorizationState({ connection }: { readonly connection: Connection }) {
  const { t } = useTranslation();
  const { authorization, crmLabel: crm } = connection;
  if (authorization === null) return null;
  if (authorization.state === 'none')
    return (
      <Alert color="blue" title={t('oauth.noneTitle')} maw={640}>
        <Stack gap="sm">
          <Text size="sm">{t('oauth.noneText', { crm })}</Text>
          <ConnectButton connection={connection} />
        </Stack>
      </Alert>
    );
  const isRefused = authorization.state === 'refused' || connection.pausedReason === 'auth';
  if (isRefused)
    return (
      <Alert color="red" title={t('oauth.refusedTitle', { crm })} maw={640}>
        <Stack gap="sm">
          <Text size="sm">
            {authorization.refusedCode === 'token_lost'
              ? t('oauth.lostText', { crm })
              : t('oauth.refusedText', { crm, since: when(authorization.refusedAt, '–') })}
          </Text>
          <ConnectButton connection={connection} label={t('oauth.connectAgain', { crm })} />
        </Stack>
      </Alert>
    );
  return (
    <Alert color="green" title={t('oauth.goodTitle', { crm })} maw={640}>
      <Group justify="space-between" gap="xs">
        <Text size="sm">{t('oauth.goodText', { when: when(authorization.at, '–'), by: authorization.by ?? '–' })}</Text>
        <ConnectButton connection={connection} label={t('oauth.again')} variant="subtle" size="xs" />
      </Group>
    </Alert>
  );
}
