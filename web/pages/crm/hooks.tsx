import { Alert, Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import type { Connection } from './queries.ts';

/** *Polled every n minutes*, or told at once, with the time of the last webhook. */
export function HowChangesCome({ connection, every }: { readonly connection: Connection; readonly every: string }) {
  const { t } = useTranslation();
  const { state, lastEventAt, error } = connection.hooks;
  const isLive = state === 'live' || (state === 'byHand' && lastEventAt !== null);
  if (isLive)
    return (
      <>
        {lastEventAt === null ? t('hooks.liveNone') : t('hooks.live', { when: when(lastEventAt, '–') })}
        <Text size="xs" c="dimmed">
          {t('hooks.polledToo', { every })}
        </Text>
      </>
    );
  const why =
    state === 'failed'
      ? t('hooks.failed', { message: [error?.['message'], error?.['todo']].filter(Boolean).join(' ') })
      : state === 'byHand'
        ? t('hooks.byHand')
        : error?.['code'] === 'not_reachable'
          ? t('hooks.notReachable', { crm: connection.crmLabel })
          : null;
  return (
    <>
      {t('hooks.polled', { every })}
      {why !== null && (
        <Text size="xs" c="dimmed" maw={360}>
          {why}
        </Text>
      )}
    </>
  );
}

/** What a person enters with the app at the vendor, until the first webhook has come. */
export function HooksByHand({ connection }: { readonly connection: Connection }) {
  const { t } = useTranslation();
  const isWanted = connection.hooks.state === 'byHand';
  const setup = useQuery({
    queryKey: ['hooks', connection.id, connection.version],
    queryFn: () => api(routes.hookSetup, { params: { id: connection.id } }),
    enabled: isWanted,
    // Who may not connect sees nothing here.
    retry: false,
  });
  const file = setup.data?.byHand ?? null;
  if (!isWanted || file === null) return null;
  return (
    <Alert
      color="gray"
      title={t('hooks.byHandTitle', { crm: connection.crmLabel })}
      maw={820}
      styles={{
        body: { minWidth: 0 },
        title: { whiteSpace: 'normal' },
        label: { whiteSpace: 'normal', overflow: 'visible' },
      }}
    >
      <Stack gap="xs">
        <Text size="sm">{t('hooks.byHandText', { crm: connection.crmLabel })}</Text>
        <Code block mah={220} style={{ overflow: 'auto' }} tabIndex={0}>
          {file}
        </Code>
        <Group>
          <CopyButton value={file}>
            {({ copied, copy }) => (
              <Button size="xs" variant="light" onClick={copy}>
                {t(copied ? 'oauth.copied' : 'oauth.copy')}
              </Button>
            )}
          </CopyButton>
        </Group>
      </Stack>
    </Alert>
  );
}
