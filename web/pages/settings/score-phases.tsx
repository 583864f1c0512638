import { Button, Group, NumberInput, Paper, Stack, Switch, Text, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { meQuery } from '../../routes.tsx';
import { Loading, tell, tellError } from '../../ui/feedback.tsx';

const PROPOSED = { days: 30, percent: 10 };

interface Score {
  readonly phases: { readonly evaluation: number; readonly purchase: number };
  readonly decay: { readonly days: number; readonly percent: number } | null;
}

/** From which score on somebody is in a phase, and whether points of events fade. */
export function ScorePhases() {
  const settings = useQuery({ queryKey: ['settings'], queryFn: () => api(routes.settings) });
  if (settings.data === undefined) return <Loading />;
  return <Form key={JSON.stringify(settings.data.score)} score={settings.data.score} />;
}

function Form({ score }: { readonly score: Score }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const may = me?.scopes.includes('admin') === true;
  const form = useForm({
    initialValues: { ...score.phases, fades: score.decay !== null, ...(score.decay ?? PROPOSED) },
    validate: { purchase: (value, all) => (value > all.evaluation ? null : t('score.phasesInOrder')) },
  });
  const { evaluation, purchase, fades, days, percent } = form.values;
  const save = useMutation({
    mutationFn: () =>
      api(routes.saveSettings, {
        body: { score: { phases: { evaluation, purchase }, decay: fades ? { days, percent } : null } },
      }),
    onSuccess: () => {
      tell(t('contacts.saved'));
      for (const key of ['settings', 'contact-score']) void queryClient.invalidateQueries({ queryKey: [key] });
    },
    onError: tellError,
  });
  return (
    <Paper withBorder p="md" maw={620}>
      <form onSubmit={form.onSubmit(() => save.mutate())}>
        <Stack gap="md">
          <Title order={2}>{t('score.phases')}</Title>
          <Text size="sm" c="dimmed">
            {t('score.phasesHint')}
          </Text>
          <Group align="flex-start" grow>
            <NumberInput label={t('score.phase.discovery')} value={0} readOnly variant="filled" />
            <NumberInput
              label={t('score.phase.evaluation')}
              min={1}
              max={49}
              readOnly={!may}
              {...form.getInputProps('evaluation')}
            />
            <NumberInput
              label={t('score.phase.purchase')}
              min={2}
              max={50}
              readOnly={!may}
              {...form.getInputProps('purchase')}
            />
          </Group>
          <Switch label={t('score.fades')} disabled={!may} {...form.getInputProps('fades', { type: 'checkbox' })} />
          {fades && (
            <>
              <Group align="flex-start" grow>
                <NumberInput
                  label={t('score.everyDays')}
                  min={1}
                  max={3_650}
                  readOnly={!may}
                  {...form.getInputProps('days')}
                />
                <NumberInput
                  label={t('score.byPercent')}
                  min={1}
                  max={100}
                  suffix=" %"
                  readOnly={!may}
                  {...form.getInputProps('percent')}
                />
              </Group>
              <Text size="sm" c="dimmed">
                {t('score.fadesMeans', { days, percent, end: Math.ceil(100 / percent) * days })}
              </Text>
            </>
          )}
          <Group>
            <Button type="submit" loading={save.isPending} disabled={!may || !form.isDirty()}>
              {t('common.save')}
            </Button>
            {!may && (
              <Text size="sm" c="dimmed">
                {t('score.adminOnly')}
              </Text>
            )}
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
