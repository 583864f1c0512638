import { Anchor, Button, Group, Paper, Select, Stack, Switch, Text, Textarea, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import { CopyBox } from '../../ui/copy-box.tsx';
import type { PartProps } from './builder.tsx';
import { type Form, trackingQuery } from './queries.ts';

export function TextsPart({ input, change, problem }: PartProps) {
  const { t } = useTranslation();
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={2}>{t('forms.texts')}</Title>
        <Group grow preventGrowOverflow={false} align="flex-start">
          <TextInput
            label={t('forms.titleText')}
            value={input.title}
            error={problem('title')}
            onChange={(event) => change({ title: event.currentTarget.value })}
          />
          <Select
            label={t('forms.language')}
            maw={220}
            allowDeselect={false}
            data={[
              { value: 'en', label: 'English' },
              { value: 'fr', label: 'Français' },
            ]}
            value={input.locale}
            onChange={(value) => change({ locale: value === 'fr' ? 'fr' : 'en' })}
          />
        </Group>
        <Textarea
          label={t('forms.intro')}
          autosize
          minRows={2}
          value={input.intro}
          onChange={(event) => change({ intro: event.currentTarget.value })}
        />
        <TextInput
          label={t('forms.button')}
          w={260}
          value={input.button}
          onChange={(event) => change({ button: event.currentTarget.value })}
        />
      </Stack>
    </Paper>
  );
}

/** Addresses, code to paste, the sites that may send, and what was refused lately. */
export function WherePart({ input, change, problem, form }: PartProps & { readonly form: Form }) {
  const { t } = useTranslation();
  const [sites, setSites] = useState(input.origins.join('\n'));
  // The whole instance's, which may send, too.
  const of = useQuery(trackingQuery).data?.sites ?? [];
  const setOrigins = (text: string) => {
    setSites(text);
    change({
      origins: text
        .split(/[\n,;]/u)
        .map((line) => line.trim())
        .filter((line) => line !== ''),
    });
  };
  const bad = input.origins.map((_, index) => problem(`origins.${index}`)).find((one) => one !== undefined);
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2}>{t('forms.where')}</Title>
          <Switch
            label={t('forms.isOpen')}
            checked={input.enabled}
            onChange={(event) => change({ enabled: event.currentTarget.checked })}
          />
        </Group>
        <Stack gap={2}>
          <Text size="sm" fw={500}>
            {t('forms.address')}
          </Text>
          <Group gap="xs">
            <Anchor size="sm" href={form.address} target="_blank" rel="noreferrer" style={{ overflowWrap: 'anywhere' }}>
              {form.address}
            </Anchor>
          </Group>
        </Stack>
        <Stack gap={2}>
          <Text size="sm" fw={500}>
            {t('forms.embed')}
          </Text>
          <CopyBox text={form.embed} />
        </Stack>
        <Textarea
          label={t('forms.origins')}
          description={of.length === 0 ? t('forms.originsHelp') : t('forms.originsHelpAnd', { sites: of.join(', ') })}
          autosize
          minRows={2}
          value={sites}
          error={bad}
          onChange={(event) => setOrigins(event.currentTarget.value)}
        />
        <Refusals
          form={form}
          origins={input.origins}
          onAllow={(site) => setOrigins([...input.origins, site].join('\n'))}
        />
      </Stack>
    </Paper>
  );
}

const REFUSED: Readonly<Record<string, string>> = {
  origin: 'forms.refusedOrigin',
  key: 'forms.refusedKey',
  closed: 'forms.refusedClosed',
  flood: 'forms.refusedFlood',
};

function Refusals(props: {
  readonly form: Form;
  readonly origins: readonly string[];
  readonly onAllow: (site: string) => void;
}) {
  const { t } = useTranslation();
  const { id } = props.form;
  const refusals = useQuery({
    queryKey: ['form-refusals', id],
    queryFn: () => api(routes.formRefusals, { params: { id } }),
  });
  const list = refusals.data?.items ?? [];
  if (list.length === 0) return null;
  return (
    <Stack gap={4}>
      <Text size="sm" fw={500}>
        {t('forms.refusals')}
      </Text>
      {list.map((one) => (
        <Group key={`${one.reason}:${one.detail}`} gap="xs">
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {t(REFUSED[one.reason] ?? 'forms.refusedKey', {
              count: one.count,
              detail: one.detail === '' ? '–' : one.detail,
            })}
          </Text>
          <Text size="xs" c="dimmed">
            {when(one.lastAt, '')}
          </Text>
          {one.reason === 'origin' && /^https?:\/\//.test(one.detail) && !props.origins.includes(one.detail) && (
            <Button size="compact-xs" variant="light" onClick={() => props.onAllow(one.detail)}>
              {t('forms.allowSite')}
            </Button>
          )}
        </Group>
      ))}
    </Stack>
  );
}
