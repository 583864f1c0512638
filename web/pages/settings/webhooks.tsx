import { Alert, Badge, Button, Group, Paper, Stack, Text, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { api, queryClient, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import { settingsRoute } from '../../routes.tsx';
import { CopyBox } from '../../ui/copy-box.tsx';
import { Empty, Failed, Loading } from '../../ui/feedback.tsx';
import { WebhookDrawer } from './webhook-drawer.tsx';
import { WebhookForm } from './webhook-form.tsx';

export type Webhook = z.output<typeof routes.webhook.response>;

const webhooksQuery = { queryKey: ['webhooks'], queryFn: () => api(routes.webhooks), refetchInterval: 5_000 };
export const reloadWebhooks = (): void => void queryClient.invalidateQueries({ queryKey: ['webhooks'] });

/** Who is told of what happens here, and what became of telling them. */
export function Webhooks() {
  const { t } = useTranslation();
  const { webhook } = settingsRoute.useSearch();
  const navigate = useNavigate({ from: settingsRoute.fullPath });
  const list = useQuery(webhooksQuery);
  const [isAdding, setAdding] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const open = (id: string | undefined) =>
    void navigate({ search: { tab: 'webhooks', ...(id === undefined ? {} : { webhook: id }) } as never });
  if (list.error !== null) return <Failed error={list.error} retry={() => void list.refetch()} />;
  if (list.data === undefined) return <Loading />;
  const { items, quiet } = list.data;
  const opened = items.find((one) => one.id === webhook);
  const adding = (
    <Button w="fit-content" onClick={() => setAdding(true)}>
      {t('webhooks.add')}
    </Button>
  );
  return (
    <Stack maw={900}>
      <Text c="dimmed">{t('webhooks.intro')}</Text>
      {quiet && <Alert color="orange">{t('webhooks.quiet')}</Alert>}
      {secret !== null && (
        <Alert color="green" title={t('webhooks.secretOnce')} withCloseButton onClose={() => setSecret(null)}>
          <CopyBox text={secret} />
        </Alert>
      )}
      {items.length === 0 && !isAdding && (
        <Empty title={t('webhooks.empty')} text={t('webhooks.emptyText')} action={adding} />
      )}
      {items.map((one) => (
        <WebhookLine key={one.id} webhook={one} onOpen={() => open(one.id)} />
      ))}
      {items.length > 0 && !isAdding && adding}
      {isAdding && (
        <WebhookForm
          onDone={(made) => {
            setAdding(false);
            setSecret(made ?? null);
            reloadWebhooks();
          }}
        />
      )}
      {opened !== undefined && (
        <WebhookDrawer webhook={opened} onClose={() => open(undefined)} onSecret={(made) => setSecret(made)} />
      )}
    </Stack>
  );
}

/** What a type is called. */
export const typeKey = (type: string): string => `webhooks.type.${type.replace('.', '_')}`;

/** Green: what is sent arrives; orange: the last tries failed; grey: off. */
export function WebhookState({ webhook }: { readonly webhook: Webhook }) {
  const { t } = useTranslation();
  const colour = !webhook.enabled ? 'gray' : webhook.failures > 0 ? 'orange' : 'green';
  return (
    <Badge variant="light" color={colour}>
      {t(webhook.enabled ? 'webhooks.on' : 'webhooks.off')}
    </Badge>
  );
}

function WebhookLine({ webhook, onOpen }: { readonly webhook: Webhook; readonly onOpen: () => void }) {
  const { t } = useTranslation();
  const facts = [
    webhook.keyName === null ? null : t('webhooks.byKey', { name: webhook.keyName }),
    webhook.lastDeliveredAt === null
      ? t('webhooks.neverDelivered')
      : t('webhooks.lastAt', { when: when(webhook.lastDeliveredAt, '') }),
    webhook.waiting === 0 ? null : t('webhooks.waiting', { count: webhook.waiting }),
    webhook.failed === 0 ? null : t('webhooks.failed', { count: webhook.failed }),
  ].filter((fact) => fact !== null);
  return (
    <Paper withBorder p="md">
      <UnstyledButton w="100%" onClick={onOpen}>
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Stack gap={2} style={{ minWidth: 0 }}>
            <Text fw={500} style={{ overflowWrap: 'anywhere' }}>
              {webhook.name === '' ? webhook.url : webhook.name}
            </Text>
            {webhook.name !== '' && (
              <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                {webhook.url}
              </Text>
            )}
            <Text size="sm">{webhook.types.map((type) => t(typeKey(type))).join(' · ')}</Text>
            <Text size="sm" c="dimmed">
              {facts.join(' · ')}
            </Text>
          </Stack>
          <WebhookState webhook={webhook} />
        </Group>
      </UnstyledButton>
    </Paper>
  );
}
