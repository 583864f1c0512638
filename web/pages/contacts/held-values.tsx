import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { meQuery } from '../../routes.tsx';
import { tell, tellError } from '../../ui/feedback.tsx';
import { useFieldName } from '../crm/field-name.ts';
import { useFieldValue } from '../crm/field-value.ts';

/** What is left different on both sides on purpose (R38, R50), and the ways to let it go. */
export function HeldValues({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const nameOf = useFieldName();
  const valueOf = useFieldValue();
  const held = useQuery({ queryKey: ['held', id], queryFn: () => api(routes.heldOfContact, { params: { id } }) });
  const release = useMutation({
    mutationFn: (body: { readonly link: string; readonly line: string | null; readonly counts: 'hub' | 'crm' }) =>
      api(routes.releaseHeld, { params: { id }, body }),
    onSuccess: (data) => {
      queryClient.setQueryData(['held', id], data);
      tell(t('undo.released'));
    },
    onError: tellError,
  });
  const list = held.data?.items ?? [];
  if (list.length === 0) return null;
  const mayRelease = me?.scopes.includes('sync:write') === true;
  return (
    <Paper withBorder p="md" data-held>
      <Stack gap="xs">
        <Title order={2}>{t('undo.heldTitle')}</Title>
        <Text size="sm" c="dimmed">
          {t('undo.heldHelp')}
        </Text>
        {list.map((one) => {
          const name = one.connection;
          const field = one.hubField ?? '';
          return (
            <Group key={`${one.link} ${one.line ?? ''}`} justify="space-between" gap="xs">
              <Text size="sm" flex="1 1 220px">
                {one.line === null
                  ? t('undo.heldRecord', { name })
                  : t('undo.heldLine', {
                      field: nameOf(field),
                      hub: valueOf(field, one.hub),
                      value: valueOf(field, one.crmValue),
                      name,
                    })}
              </Text>
              {mayRelease && (
                <Group gap={6}>
                  <Button
                    size="compact-xs"
                    variant="default"
                    loading={release.isPending}
                    onClick={() => release.mutate({ link: one.link, line: one.line, counts: 'hub' })}
                  >
                    {t(one.line === null ? 'undo.makeAgain' : 'undo.useHere')}
                  </Button>
                  {one.line !== null && (
                    <Button
                      size="compact-xs"
                      variant="default"
                      loading={release.isPending}
                      onClick={() => release.mutate({ link: one.link, line: one.line, counts: 'crm' })}
                    >
                      {t('undo.useThere', { name })}
                    </Button>
                  )}
                </Group>
              )}
            </Group>
          );
        })}
      </Stack>
    </Paper>
  );
}
