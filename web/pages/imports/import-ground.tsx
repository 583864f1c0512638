import { Autocomplete, Group, Paper, Radio, Stack, Text, Textarea, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { textsQuery } from '../forms/queries.ts';
import type { Settings } from './queries.ts';
import type { ChangeSettings } from './use-settings.ts';

/** What an empty cell means, how old the list is (R9), and on what ground its people are in it (R8a). */
export function ImportGround({
  settings,
  onChange,
}: {
  readonly settings: Settings;
  readonly onChange: ChangeSettings;
}) {
  const { t } = useTranslation();
  return (
    <Paper withBorder p="md">
      <Stack>
        <Title order={2} size="h4">
          {t('imports.says')}
        </Title>
        <Radio.Group
          label={t('imports.empty')}
          value={settings.empty}
          onChange={(value) => onChange({ empty: value as Settings['empty'] })}
        >
          <Stack gap={6} mt={4}>
            {(['leave', 'default', 'clear'] as const).map((value) => (
              <Radio key={value} value={value} label={t(`imports.empties.${value}`)} />
            ))}
          </Stack>
        </Radio.Group>
        <TextInput
          type="date"
          maw={420}
          label={t('imports.listDate')}
          description={t('imports.listDateHint')}
          value={settings.listDate ?? ''}
          onChange={(event) =>
            onChange({ listDate: event.currentTarget.value === '' ? null : event.currentTarget.value })
          }
        />
        <Consent settings={settings} onChange={onChange} />
      </Stack>
    </Paper>
  );
}

function Consent({ settings, onChange }: { readonly settings: Settings; readonly onChange: ChangeSettings }) {
  const { t } = useTranslation();
  const texts = useQuery(textsQuery);
  const { consent } = settings;
  const [claims, setClaims] = useState(consent !== null);
  const [purpose, setPurpose] = useState(consent?.purpose ?? '');
  const [ground, setGround] = useState(consent?.ground ?? '');
  const save = (next: { purpose: string; ground: string }): void => {
    const isWhole = /^[a-z][a-z0-9_]{0,59}$/.test(next.purpose) && next.ground.trim().length >= 3;
    if (isWhole) onChange({ consent: next });
    else if (consent !== null) onChange({ consent: null });
  };
  return (
    <Radio.Group
      label={t('imports.ground')}
      description={t('imports.groundHint')}
      value={claims ? 'given' : 'none'}
      onChange={(value) => {
        setClaims(value === 'given');
        if (value === 'none' && consent !== null) onChange({ consent: null });
        if (value === 'given') save({ purpose, ground });
      }}
    >
      <Stack gap={6} mt={6}>
        <Radio value="none" label={t('imports.noConsent')} />
        <Radio value="given" label={t('imports.withConsent')} />
        {claims && consent === null && (
          <Text size="xs" c="orange" ml={28}>
            {t('imports.groundMissing')}
          </Text>
        )}
        {claims && (
          <Group align="flex-start" ml={28}>
            <Autocomplete
              label={t('imports.purpose')}
              placeholder="newsletter"
              data={[...new Set((texts.data?.items ?? []).map((text) => text.purpose))]}
              value={purpose}
              onChange={setPurpose}
              onBlur={() => save({ purpose, ground })}
              w={200}
            />
            <Textarea
              label={t('imports.groundText')}
              placeholder={t('imports.groundPlaceholder')}
              autosize
              minRows={1}
              style={{ flex: 1, minWidth: 220 }}
              value={ground}
              onChange={(event) => setGround(event.currentTarget.value)}
              onBlur={() => save({ purpose, ground })}
            />
          </Group>
        )}
      </Stack>
    </Radio.Group>
  );
}
