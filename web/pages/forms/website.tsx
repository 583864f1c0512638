import { Anchor, Button, Paper, Stack, Text, Textarea, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { api, queryClient, routes } from '../../api/client.ts';
import { number } from '../../i18n.ts';
import { CopyBox } from '../../ui/copy-box.tsx';
import { Failed, Loading, tell, tellError } from '../../ui/feedback.tsx';

type Tracking = z.output<typeof routes.tracking.response>;
const CONSENT = 'tandem.consent(true)';

/** The code that counts visits, how a consent banner calls it, and whose visits are left out. */
export function WebsiteTab() {
  const tracking = useQuery({ queryKey: ['tracking'], queryFn: () => api(routes.tracking) });
  if (tracking.error !== null) return <Failed error={tracking.error} retry={() => void tracking.refetch()} />;
  if (tracking.data === undefined) return <Loading />;
  return <Website key={tracking.data.excluded.join()} tracking={tracking.data} />;
}

function Website({ tracking }: { readonly tracking: Tracking }) {
  const { t } = useTranslation();
  const [excluded, setExcluded] = useState(tracking.excluded.join('\n'));
  const save = useMutation({
    mutationFn: () =>
      api(routes.saveTracking, { body: { excluded: excluded.split(/\s+/u).filter((one) => one !== '') } }),
    onSuccess: () => {
      tell(t('contacts.saved'));
      void queryClient.invalidateQueries({ queryKey: ['tracking'] });
    },
    onError: tellError,
  });
  return (
    <Stack maw={820}>
      <Paper withBorder p="md">
        <Stack gap="sm">
          <Title order={2}>{t('forms.visitsTitle')}</Title>
          <Text size="sm" c="dimmed">
            {t('forms.visitsText')}
          </Text>
          <CopyBox text={tracking.code} />
          <Text size="sm">{t('forms.visitsConsent', { months: tracking.cookieMonths })}</Text>
          <CopyBox text={CONSENT} />
          <Text size="sm">
            {tracking.sites.length === 0
              ? t('forms.visitsNoSite')
              : t('forms.visitsSites', { sites: tracking.sites.join(', ') })}{' '}
            <Anchor component={Link} size="sm" {...({ to: '/settings', search: { tab: 'instance' } } as object)}>
              {t('app.settings')}
            </Anchor>
          </Text>
          <Text size="sm" fw={600}>
            {t('forms.visitsToday', { number: number(tracking.visits) })}
          </Text>
        </Stack>
      </Paper>
      <Paper withBorder p="md">
        <Stack gap="sm" align="flex-start">
          <Textarea
            w="100%"
            label={t('forms.visitsExcluded')}
            description={t('forms.visitsExcludedHelp')}
            autosize
            minRows={3}
            value={excluded}
            onChange={(event) => setExcluded(event.currentTarget.value)}
          />
          <Button onClick={() => save.mutate()} loading={save.isPending}>
            {t('common.save')}
          </Button>
        </Stack>
      </Paper>
    </Stack>
  );
}
