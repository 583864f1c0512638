import { Paper, Select, SimpleGrid, Stack, Switch, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Settings } from './queries.ts';
import type { ChangeSettings } from './use-settings.ts';

const CHOICES = {
  encoding: ['encodings', ['utf-8', 'windows-1252', 'iso-8859-15', 'macintosh']],
  separator: ['separators', [',', ';', '\t', '|']],
  dates: ['dateOrders', ['ymd', 'dmy', 'mdy']],
  decimal: ['decimals', ['.', ',']],
} as const;

/** Signs as their texts are called. */
const NAMES: Readonly<Record<string, string>> = {
  ',': 'comma',
  ';': 'semicolon',
  '\t': 'tab',
  '|': 'bar',
  '.': 'point',
};

/** Encoding, separator, first line, order of days, decimal sign: proposed, to be changed. */
export function ImportLayout({
  settings,
  onChange,
}: {
  readonly settings: Settings;
  readonly onChange: ChangeSettings;
}) {
  const { t } = useTranslation();
  const texts = (group: string): Readonly<Record<string, string>> =>
    t(`imports.${group}`, { returnObjects: true }) as unknown as Record<string, string>;
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <div>
          <Title order={2} size="h4">
            {t('imports.howRead')}
          </Title>
          <Text size="sm" c="dimmed">
            {t('imports.howReadHint')}
          </Text>
        </div>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
          {(Object.keys(CHOICES) as (keyof typeof CHOICES)[]).map((key) => (
            <Select
              key={key}
              label={t(`imports.${key}`)}
              allowDeselect={false}
              data={CHOICES[key][1].map((value) => ({
                value,
                label: texts(CHOICES[key][0])[NAMES[value] ?? value] ?? value,
              }))}
              value={settings[key]}
              onChange={(value) => value !== null && onChange({ [key]: value })}
            />
          ))}
        </SimpleGrid>
        <Switch
          label={t('imports.headings')}
          checked={settings.headings}
          onChange={(event) => onChange({ headings: event.currentTarget.checked })}
        />
      </Stack>
    </Paper>
  );
}
