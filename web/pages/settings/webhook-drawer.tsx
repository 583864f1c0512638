import { Alert, Button, Code, Drawer, Group, Stack, Switch, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import { tell, tellError } from '../../ui/feedback.tsx';
import { Deliveries, useWhyNot } from './webhook-deliveries.tsx';
import { WebhookForm } from './webhook-form.tsx';
import { reloadWebhooks, typeKey, type Webhook, WebhookState } from './webhooks.tsx';

/** One webhook: what it hears, whether it is on, and each message that was sent to it. */
export function WebhookDrawer(props: {
  readonly webhook: Webhook;
  readonly onClose: () => void;
  readonly onSecret: (secret: string) => void;
}) {
  const { t } = useTranslation();
  const { webhook } = props;
  const [isEditing, setEditing] = useState(false);
  return (
    <Drawer
      opened
      onClose={props.onClose}
      position="right"
      size="xl"
      title={webhook.name === '' ? webhook.url : webhook.name}
    >
      <Stack>
        {webhook.endedWhy !== null && (
          <Alert color="orange">{t(`webhooks.ended.${webhook.endedWhy}`, { defaultValue: webhook.endedWhy })}</Alert>
        )}
        {webhook.enabled && webhook.failures > 0 && (
          <Alert color="orange">{t('webhooks.failing', { count: webhook.failures })}</Alert>
        )}
        {isEditing ? (
          <WebhookForm
            webhook={webhook}
            onDone={() => {
              setEditing(false);
              reloadWebhooks();
            }}
          />
        ) : (
          <Stack gap="xs">
            <Group gap="xs">
              <WebhookState webhook={webhook} />
              <Code style={{ overflowWrap: 'anywhere' }}>{webhook.url}</Code>
            </Group>
            <Text size="sm">
              {webhook.types
                .map((type) =>
                  type === 'score.reached' ? `${t(typeKey(type))} (${webhook.minimumScore})` : t(typeKey(type)),
                )
                .join(' · ')}
            </Text>
            {webhook.previousSecretUntil !== null && (
              <Text size="sm" c="dimmed">
                {t('webhooks.secretBoth', { when: when(webhook.previousSecretUntil, '') })}
              </Text>
            )}
            <Actions {...props} onEdit={() => setEditing(true)} />
          </Stack>
        )}
        <Title order={3}>{t('webhooks.deliveries')}</Title>
        <Deliveries webhookId={webhook.id} isOn={webhook.enabled} />
      </Stack>
    </Drawer>
  );
}

function Actions(props: {
  readonly webhook: Webhook;
  readonly onClose: () => void;
  readonly onSecret: (secret: string) => void;
  readonly onEdit: () => void;
}) {
  const { t } = useTranslation();
  const whyNot = useWhyNot();
  const { id, enabled } = props.webhook;
  const [sure, setSure] = useState<'rotate' | 'remove' | null>(null);
  const params = { id };
  const change = useMutation({
    mutationFn: (on: boolean) => api(routes.updateWebhook, { params, body: { enabled: on } }),
    onSuccess: reloadWebhooks,
    onError: tellError,
  });
  const test = useMutation({
    mutationFn: () => api(routes.testWebhook, { params }),
    onSuccess: (one) => {
      if (one.state === 'delivered') tell(t('webhooks.tested', { answer: one.answer }));
      else tellError(new Error(t('webhooks.testFailed', { why: whyNot(one) })));
      void queryClient.invalidateQueries({ queryKey: ['deliveries', id] });
      reloadWebhooks();
    },
    onError: tellError,
  });
  const rotate = useMutation({
    mutationFn: () => api(routes.rotateWebhookSecret, { params }),
    onSuccess: ({ secret }) => {
      props.onSecret(secret);
      props.onClose();
      reloadWebhooks();
    },
    onError: tellError,
  });
  const remove = useMutation({
    mutationFn: () => api(routes.deleteWebhook, { params }),
    onSuccess: () => {
      props.onClose();
      reloadWebhooks();
    },
    onError: tellError,
  });
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <Switch
          checked={enabled}
          onChange={(event) => change.mutate(event.currentTarget.checked)}
          label={t(enabled ? 'webhooks.on' : 'webhooks.off')}
        />
        <Button size="xs" variant="light" disabled={!enabled} loading={test.isPending} onClick={() => test.mutate()}>
          {t('webhooks.test')}
        </Button>
        <Button size="xs" variant="default" onClick={props.onEdit}>
          {t('webhooks.edit')}
        </Button>
        <Button size="xs" variant="default" onClick={() => setSure('rotate')}>
          {t('webhooks.rotate')}
        </Button>
        <Button size="xs" variant="subtle" color="red" onClick={() => setSure('remove')}>
          {t('webhooks.remove')}
        </Button>
      </Group>
      {sure !== null && (
        <Alert color={sure === 'remove' ? 'red' : 'blue'}>
          <Stack gap="xs" align="flex-start">
            <Text size="sm">{t(`webhooks.${sure}Sure`)}</Text>
            <Group gap="xs">
              <Button
                size="xs"
                color={sure === 'remove' ? 'red' : 'blue'}
                loading={rotate.isPending || remove.isPending}
                onClick={() => (sure === 'remove' ? remove : rotate).mutate()}
              >
                {t(`webhooks.${sure}`)}
              </Button>
              <Button size="xs" variant="default" onClick={() => setSure(null)}>
                {t('common.cancel')}
              </Button>
            </Group>
          </Stack>
        </Alert>
      )}
    </Stack>
  );
}
