import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import { meQuery } from '../../routes.tsx';
import { tell, tellError } from '../../ui/feedback.tsx';
import { useFieldName } from '../crm/field-name.ts';
import { useFieldValue } from '../crm/field-value.ts';
import type { Submission } from './queries.ts';

/** R45: values that an unproven submission said and that differ; one click takes each over. */
export function SaidValues({ submissions }: { readonly submissions: readonly Submission[] }) {
  const { t } = useTranslation();
  const nameOf = useFieldName();
  const valueOf = useFieldValue();
  const take = useMutation({
    mutationFn: (wish: { readonly id: string; readonly field: string }) =>
      api(routes.takeOver, { params: { id: wish.id }, body: { fields: [wish.field] } }),
    onSuccess: () => {
      tell(t('forms.taken'));
      for (const key of ['submissions', 'contact', 'history', 'timeline'])
        void queryClient.invalidateQueries({ queryKey: [key] });
    },
    onError: tellError,
  });
  return submissions.flatMap((one) =>
    Object.entries(one.said).map(([field, value]) => (
      <Group key={`${one.id}:${field}`} gap="xs">
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {t('forms.saidIn', {
            field: nameOf(field),
            value: valueOf(field, value),
            form: one.form.name,
            when: when(one.at, ''),
          })}
        </Text>
        <Button
          size="compact-xs"
          variant="light"
          loading={take.isPending}
          onClick={() => take.mutate({ id: one.id, field })}
        >
          {t('forms.takeOver')}
        </Button>
      </Group>
    )),
  );
}

/** On the contact's page: nothing where nothing was said. */
export function SaidPanel({ contactId }: { readonly contactId: string }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const submissions = useQuery({
    queryKey: ['submissions', 'of', contactId],
    queryFn: () => api(routes.submissions, { query: { contact: contactId, limit: 100 } }),
    enabled: me?.scopes.includes('hub:write') === true,
  });
  const said = (submissions.data?.items ?? []).filter((one) => Object.keys(one.said).length > 0);
  if (said.length === 0) return null;
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Title order={2}>{t('forms.said')}</Title>
        <SaidValues submissions={said} />
      </Stack>
    </Paper>
  );
}
