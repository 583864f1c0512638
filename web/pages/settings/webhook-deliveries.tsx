import {
  Badge,
  Button,
  Code,
  Collapse,
  Group,
  Paper,
  SegmentedControl,
  Stack,
  Text,
  UnstyledButton,
} from '@mantine/core';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { api, queryClient, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import { Failed, Loading, tell, tellError } from '../../ui/feedback.tsx';
import { MoreButton } from '../../ui/more-button.tsx';
import { reloadWebhooks } from './webhooks.tsx';

type Delivery = z.output<typeof routes.deliveries.response>['items'][number];

const STATES = ['', 'queued', 'delivered', 'failed'] as const;
const COLOUR = { queued: 'blue', sending: 'blue', delivered: 'green', failed: 'red', held: 'gray' } as const;

/** Why a message did not arrive, in words. */
export function useWhyNot(): (one: Pick<Delivery, 'error' | 'answer'>) => string {
  const { t } = useTranslation();
  return (one) =>
    one.error === null
      ? t('webhooks.answer', { answer: one.answer ?? '?' })
      : t(`webhooks.error.${one.error}`, { defaultValue: t('webhooks.unreachable', { answer: one.error }) });
}

/** Each message that was sent or waits, newest first; each opens to what is sent and what was answered. */
export function Deliveries({ webhookId, isOn }: { readonly webhookId: string; readonly isOn: boolean }) {
  const { t } = useTranslation();
  const [state, setState] = useState<(typeof STATES)[number]>('');
  const list = useInfiniteQuery({
    queryKey: ['deliveries', webhookId, state],
    queryFn: ({ pageParam }: { pageParam: string }) =>
      api(routes.deliveries, {
        params: { id: webhookId },
        query: {
          limit: 50,
          ...(state === '' ? {} : { state }),
          ...(pageParam === '' ? {} : { cursor: pageParam }),
        },
      }),
    initialPageParam: '',
    getNextPageParam: (page: { next: string | null }) => page.next ?? undefined,
    refetchInterval: 3_000,
  });
  if (list.error !== null) return <Failed error={list.error} retry={() => void list.refetch()} />;
  const deliveries = list.data?.pages.flatMap((page) => page.items);
  return (
    <Stack gap="xs">
      <SegmentedControl
        className="wrapping-control"
        value={state}
        onChange={(value) => setState(value as typeof state)}
        data={STATES.map((value) => ({ value, label: t(value === '' ? 'webhooks.all' : `webhooks.state.${value}`) }))}
      />
      {deliveries === undefined && <Loading />}
      {deliveries?.length === 0 && <Text c="dimmed">{t('webhooks.noDeliveries')}</Text>}
      {deliveries?.map((one) => (
        <DeliveryLine key={one.id} webhookId={webhookId} delivery={one} isOn={isOn} />
      ))}
      <MoreButton of={list} />
    </Stack>
  );
}

interface LineProps {
  readonly webhookId: string;
  readonly delivery: Delivery;
  readonly isOn: boolean;
}

function DeliveryLine({ webhookId, delivery, isOn }: LineProps) {
  const { t } = useTranslation();
  const whyNot = useWhyNot();
  const [isOpen, setOpen] = useState(false);
  const facts = [
    when(delivery.deliveredAt ?? delivery.createdAt, ''),
    delivery.tries > 1 ? t('webhooks.tries', { count: delivery.tries }) : null,
    delivery.state === 'delivered' || (delivery.error === null && delivery.answer === null) ? null : whyNot(delivery),
    delivery.nextTryAt === null ? null : t('webhooks.nextTry', { when: when(delivery.nextTryAt, '') }),
  ].filter((fact) => fact !== null);
  return (
    <Paper withBorder p="xs">
      <UnstyledButton w="100%" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Group justify="space-between" wrap="nowrap">
          <Stack gap={0} style={{ minWidth: 0 }}>
            <Text size="sm" fw={500}>
              {delivery.type}
            </Text>
            <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {facts.join(' · ')}
            </Text>
          </Stack>
          <Badge variant="light" color={COLOUR[delivery.state]} style={{ flex: 'none' }}>
            {t(`webhooks.state.${delivery.state}`)}
          </Badge>
        </Group>
      </UnstyledButton>
      <Collapse expanded={isOpen}>{isOpen && <DeliveryDetail {...{ webhookId, delivery, isOn }} />}</Collapse>
    </Paper>
  );
}

function DeliveryDetail({ webhookId, delivery, isOn }: LineProps) {
  const { t } = useTranslation();
  const whyNot = useWhyNot();
  const params = { id: webhookId, delivery: delivery.id };
  const detail = useQuery({
    queryKey: ['delivery', delivery.id, delivery.tries],
    queryFn: () => api(routes.delivery, { params }),
  });
  const again = useMutation({
    mutationFn: () => api(routes.sendDelivery, { params }),
    onSuccess: (one) => {
      if (one.state === 'delivered') tell(t('webhooks.againDone'));
      else tellError(new Error(t('webhooks.againFailed', { why: whyNot(one) })));
      void queryClient.invalidateQueries({ queryKey: ['deliveries', webhookId] });
      reloadWebhooks();
    },
    onError: tellError,
  });
  return (
    <Stack gap="xs" mt="xs">
      <Group gap="xs">
        <Button size="xs" variant="light" disabled={!isOn} loading={again.isPending} onClick={() => again.mutate()}>
          {t('webhooks.again')}
        </Button>
        <Code>{delivery.event}</Code>
      </Group>
      {delivery.answer !== null && (
        <Text size="sm">{`${t('webhooks.answered')}: ${delivery.answer} ${delivery.answerText ?? ''}`}</Text>
      )}
      <Text size="sm">{t('webhooks.body')}</Text>
      {detail.error !== null && <Failed error={detail.error} />}
      <Code block style={{ maxHeight: 320, overflow: 'auto' }}>
        {detail.data === undefined ? '…' : pretty(detail.data.body)}
      </Code>
    </Stack>
  );
}

/** For reading; what is sent has no spaces. */
function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
