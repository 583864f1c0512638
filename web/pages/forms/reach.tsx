import { Anchor, Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { api, queryClient, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import { meQuery } from '../../routes.tsx';
import { tellError } from '../../ui/feedback.tsx';

type ConsentRecord = z.output<typeof routes.consents.response>['items'][number];

/** What a person agreed to and took back; an opt-out, with the way back that an administrator has. */
export function ConsentList({ contactId, optedOut }: { readonly contactId: string; readonly optedOut: boolean }) {
  const { t } = useTranslation();
  const consents = useQuery({
    queryKey: ['contact', contactId, 'consents'],
    queryFn: () => api(routes.consents, { params: { id: contactId } }),
  });
  const list = consents.data?.items ?? [];
  const howText = (one: ConsentRecord): string => {
    const how = t(`forms.consentHow.${one.how}`, { defaultValue: one.how });
    if (one.sourceName === null) return how;
    const version = one.sourceVersion === null ? '' : ` (${t('forms.version', { version: one.sourceVersion })})`;
    return `${t('forms.howNamed', { how, name: one.sourceName })}${version}`;
  };
  return (
    <Stack gap={6}>
      {optedOut && <LiftOptOut contactId={contactId} />}
      {list.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('forms.noConsent')}
        </Text>
      )}
      {list.map((one) => (
        <Stack key={`${one.at}:${one.purpose}`} gap={0}>
          <Text size="sm">
            {t(one.given ? 'forms.consentGiven' : 'forms.consentWithdrawn', { purpose: one.purpose })}
            <Text span size="xs" c="dimmed">
              {` · ${howText(one)} · ${when(one.at, '')}${one.given ? ` · ${t(one.proven ? 'forms.provenLink' : 'forms.unproven')}` : ''}`}
            </Text>
          </Text>
          {one.ground !== null && (
            <Text size="xs" c="dimmed">
              {t('forms.ground', { ground: one.ground })}
            </Text>
          )}
          {one.evidence !== null && <Evidence evidence={one.evidence} />}
          {one.words !== null && (
            <Text size="xs" c="dimmed" {...(one.language === null ? {} : { lang: one.language })}>
              {`“${one.words}”`}
            </Text>
          )}
        </Stack>
      ))}
    </Stack>
  );
}

/** Where a CRM said it: the field with its value, the way to the record, and when it was changed there. */
function Evidence({ evidence }: { readonly evidence: NonNullable<ConsentRecord['evidence']> }) {
  const { t } = useTranslation();
  const { label, value, crmUrl, crmAt } = evidence;
  const text = t(value === '' ? 'consentLine.evidenceEmpty' : 'consentLine.evidence', { label, value });
  return (
    <Text size="xs" c="dimmed">
      {crmUrl === null ? (
        text
      ) : (
        <Anchor href={crmUrl} target="_blank" rel="noreferrer" size="xs">
          {text}
        </Anchor>
      )}
      {crmAt !== null && ` · ${t('consentLine.evidenceAt', { when: when(crmAt, '') })}`}
    </Text>
  );
}

function LiftOptOut({ contactId }: { readonly contactId: string }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const [reason, setReason] = useState<string | null>(null);
  const lift = useMutation({
    mutationFn: () => api(routes.liftOptOut, { params: { id: contactId }, body: { reason: reason ?? '' } }),
    onSuccess: () => {
      setReason(null);
      for (const key of ['contact', 'history']) void queryClient.invalidateQueries({ queryKey: [key] });
    },
    onError: tellError,
  });
  return (
    <Group gap="xs">
      <Text size="sm" c="red" fw={600}>
        {t('forms.optedOut')}
      </Text>
      {me?.scopes.includes('admin') === true && (
        <Button size="compact-xs" variant="light" onClick={() => setReason('')}>
          {t('forms.liftOptOut')}
        </Button>
      )}
      <Modal opened={reason !== null} onClose={() => setReason(null)} title={t('forms.liftOptOut')}>
        <Stack>
          <Textarea
            label={t('forms.liftReason')}
            data-autofocus
            value={reason ?? ''}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <Button onClick={() => lift.mutate()} loading={lift.isPending} disabled={(reason ?? '').trim().length < 3}>
            {t('forms.liftOptOut')}
          </Button>
        </Stack>
      </Modal>
    </Group>
  );
}
