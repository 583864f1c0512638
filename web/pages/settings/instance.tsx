import { Button, NumberInput, Paper, Select, SimpleGrid, Stack, Text, Textarea, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { api, queryClient, routes } from '../../api/client.ts';
import { Loading, tell, tellError } from '../../ui/feedback.tsx';

type Settings = z.output<typeof routes.settings.response>;

/** Zone, language, sites, how long things are kept. */
export function Instance() {
  const settings = useQuery({ queryKey: ['settings'], queryFn: () => api(routes.settings) });
  if (settings.data === undefined) return <Loading />;
  return <Form key={JSON.stringify(settings.data)} settings={settings.data} />;
}

const zones = [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];
const KEPT = ['runs', 'events', 'visitors', 'cookieMonths', 'outbox', 'audit'] as const;

function Form({ settings }: { readonly settings: Settings }) {
  const { t } = useTranslation();
  const { company, timeZone, locale, retention } = settings;
  const form = useForm({
    initialValues: { company, timeZone, locale, retention, sites: settings.sites.join('\n') },
  });
  const save = useMutation({
    mutationFn: (values: typeof form.values) =>
      api(routes.saveSettings, {
        body: { ...values, sites: values.sites.split(/\s+/).filter((site) => site !== '') },
      }),
    onSuccess: () => {
      tell(t('contacts.saved'));
      void queryClient.invalidateQueries({ queryKey: ['settings'] });
    },
    onError: tellError,
  });
  return (
    <Paper withBorder p="md" maw={720}>
      <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
        <Stack>
          <TextInput
            label={t('account.company')}
            description={t('account.companyHint')}
            maxLength={80}
            {...form.getInputProps('company')}
          />
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <Select
              label={t('account.timeZone')}
              description={t('account.timeZoneHint')}
              searchable
              allowDeselect={false}
              data={zones.includes(timeZone) ? zones : [timeZone, ...zones]}
              {...form.getInputProps('timeZone')}
            />
            <Select
              label={t('app.language')}
              description={t('account.languageHint')}
              allowDeselect={false}
              data={[
                { value: 'en', label: 'English' },
                { value: 'fr', label: 'Français' },
              ]}
              {...form.getInputProps('locale')}
            />
          </SimpleGrid>
          <Textarea
            label={t('account.sites')}
            description={t('account.sitesHint')}
            placeholder="https://www.example.com"
            autosize
            minRows={2}
            {...form.getInputProps('sites')}
          />
          <Title order={2}>{t('account.kept')}</Title>
          <Text size="sm" c="dimmed">
            {t('account.keptHint')}
          </Text>
          <SimpleGrid cols={{ base: 1, xs: 2, sm: 3 }}>
            {KEPT.map((key) => (
              <NumberInput
                key={key}
                label={t(`account.keep.${key}`)}
                suffix={` ${t(key === 'cookieMonths' ? 'account.months' : 'account.days')}`}
                min={1}
                max={key === 'cookieMonths' ? 13 : 36_500}
                {...form.getInputProps(`retention.${key}`)}
              />
            ))}
          </SimpleGrid>
          <Button type="submit" loading={save.isPending} disabled={!form.isDirty()} style={{ alignSelf: 'flex-start' }}>
            {t('common.save')}
          </Button>
        </Stack>
      </form>
    </Paper>
  );
}
