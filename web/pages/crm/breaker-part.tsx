import { NumberInput, Stack, Switch, Text } from '@mantine/core';
import type { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { number } from '../../i18n.ts';
import type { valuesOf } from './configuration.tsx';
import type { Connection } from './queries.ts';

/** When a synchronisation that nobody watches stops and asks: the settings, and what they mean today in words. */
export function BreakerPart({
  connection,
  form,
}: {
  readonly connection: Connection;
  readonly form: ReturnType<typeof useForm<ReturnType<typeof valuesOf>>>;
}) {
  const { t } = useTranslation();
  const { values } = form;
  const { linked } = connection;
  const limit = (count: number | string, share: number | string): string =>
    number(Math.max(Number(count) || 0, Math.floor((linked * (Number(share) || 0)) / 100)));
  const words = values.breakerOn
    ? t('guard.inWords', {
        linked: number(linked),
        changes: limit(values.breakerChanges, values.breakerChangesShare),
        losses: limit(values.breakerLosses, values.breakerLossesShare),
      })
    : t('guard.inWordsOff');
  return (
    <Stack gap="sm">
      <Switch label={t('guard.settingsOn')} {...form.getInputProps('breakerOn', { type: 'checkbox' })} />
      <div className="pair">
        <NumberInput
          label={t('guard.changes')}
          min={1}
          max={1_000_000}
          disabled={!values.breakerOn}
          {...form.getInputProps('breakerChanges')}
        />
        <NumberInput
          label={t('guard.changesShare')}
          min={0}
          max={100}
          suffix=" %"
          disabled={!values.breakerOn}
          {...form.getInputProps('breakerChangesShare')}
        />
        <NumberInput
          label={t('guard.losses')}
          min={1}
          max={1_000_000}
          disabled={!values.breakerOn}
          {...form.getInputProps('breakerLosses')}
        />
        <NumberInput
          label={t('guard.lossesShare')}
          min={0}
          max={100}
          suffix=" %"
          disabled={!values.breakerOn}
          {...form.getInputProps('breakerLossesShare')}
        />
      </div>
      <Text size="sm" c="dimmed" role="status">
        {words}
      </Text>
    </Stack>
  );
}
