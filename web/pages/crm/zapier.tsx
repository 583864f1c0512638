import { Alert, Button, Stack, Text, Title, Tooltip } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { meQuery } from '../../routes.tsx';
import { CopyBox } from '../../ui/copy-box.tsx';
import { Failed, Loading, tellError } from '../../ui/feedback.tsx';

/** The one-way alternative: what it does, whether Zapier can reach us, and the two things that its app asks for. */
export function ZapierTab() {
  const { t } = useTranslation();
  const facts = useQuery({ queryKey: ['zapier'], queryFn: () => api(routes.zapier) });
  if (facts.error !== null) return <Failed error={facts.error} retry={() => void facts.refetch()} />;
  if (facts.data === undefined) return <Loading />;
  const { address, reach, scopes } = facts.data;
  return (
    <Stack maw={720} gap="lg">
      <Stack gap="xs">
        <Title order={2}>{t('zapier.title')}</Title>
        <Text>{t('zapier.intro')}</Text>
      </Stack>
      {reach !== 'ok' && <Alert color="orange">{t(`zapier.reach.${reach}`)}</Alert>}
      <Stack gap="xs">
        <Title order={3}>{t('zapier.install')}</Title>
        <Text>{t('zapier.installText')}</Text>
      </Stack>
      <Stack gap="xs">
        <Title order={3}>{t('zapier.connect')}</Title>
        <Text>{t('zapier.connectText')}</Text>
        <Text size="sm" fw={500}>
          {t('zapier.address')}
        </Text>
        <CopyBox text={address} />
        <Key scopes={scopes} />
      </Stack>
      <Stack gap="xs">
        <Title order={3}>{t('zapier.zap')}</Title>
        <Text>{t('zapier.zapText')}</Text>
      </Stack>
    </Stack>
  );
}

function Key({ scopes }: { readonly scopes: readonly string[] }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const [made, setMade] = useState<string | null>(null);
  const make = useMutation({
    mutationFn: () => api(routes.createApiKey, { body: { name: 'Zapier', scopes: [...scopes] } }),
    onSuccess: ({ key }) => {
      setMade(key);
      void queryClient.invalidateQueries({ queryKey: ['api-keys'] });
    },
    onError: tellError,
  });
  const mayMake = me?.scopes.includes('admin') === true;
  return (
    <>
      <Text size="sm" fw={500}>
        {t('zapier.key')}
      </Text>
      {made === null ? (
        <Tooltip label={t('zapier.adminOnly')} disabled={mayMake}>
          <Button w="fit-content" loading={make.isPending} disabled={!mayMake} onClick={() => make.mutate()}>
            {t('zapier.makeKey')}
          </Button>
        </Tooltip>
      ) : (
        <Alert color="green" title={t('zapier.keyOnce')}>
          <CopyBox text={made} />
        </Alert>
      )}
      <Text size="sm" c="dimmed">
        {t(mayMake ? 'zapier.keyMay' : 'zapier.adminOnly')}
      </Text>
    </>
  );
}
