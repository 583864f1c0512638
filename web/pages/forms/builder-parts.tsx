import {
  ActionIcon,
  Button,
  Group,
  NumberInput,
  Paper,
  SegmentedControl,
  Select,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FORM_PHASES } from '../../../src/core/form.ts';
import { api, routes } from '../../api/client.ts';
import { AddSelect } from '../../ui/add-select.tsx';
import { connectionsQuery } from '../crm/queries.ts';
import type { PartProps } from './builder.tsx';
import { useFieldChoice } from './builder-fields.tsx';
import { TextDialog } from './consent-texts.tsx';
import { UploadButton } from './files.tsx';
import { filesQuery, textsQuery } from './queries.ts';

export function ConsentPart({ input, change, problem }: PartProps) {
  const { t } = useTranslation();
  const texts = useQuery(textsQuery);
  const [isMaking, setMaking] = useState(false);
  const list = texts.data?.items ?? [];
  const free = list.filter((text) => !input.consents.some((box) => box.text === text.id));
  const add = (id: string) => change({ consents: [...input.consents, { text: id, required: false }] });
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Title order={2}>{t('forms.consents')}</Title>
        <Text size="sm" c="dimmed">
          {t('forms.consentsHelp')}
        </Text>
        {input.consents.map((box, index) => {
          const text = list.find((one) => one.id === box.text);
          return (
            <Group key={box.text} gap="xs" wrap="nowrap" className="form-question">
              <Stack gap={0} style={{ flex: 1, minWidth: 0 }}>
                <Text fw={600} truncate>
                  {text?.name ?? box.text}
                </Text>
                <Text size="xs" c="dimmed" lineClamp={2}>
                  {text?.words[input.locale] ?? Object.values(text?.words ?? {})[0]}
                </Text>
                {text !== undefined && text.words[input.locale] === undefined && (
                  <Text size="sm" c="orange">
                    {t('forms.wordsMissing')}
                  </Text>
                )}
                {problem(`consents.${index}.text`) !== undefined && (
                  <Text size="sm" c="red">
                    {problem(`consents.${index}.text`)}
                  </Text>
                )}
              </Stack>
              <Switch
                size="xs"
                label={t('forms.required')}
                checked={box.required}
                onChange={(event) =>
                  change({
                    consents: input.consents.map((one, at) =>
                      at === index ? { ...one, required: event.currentTarget.checked } : one,
                    ),
                  })
                }
              />
              <ActionIcon
                variant="subtle"
                color="red"
                aria-label={`${t('forms.remove')}: ${text?.name ?? ''}`}
                onClick={() => change({ consents: input.consents.filter((_, at) => at !== index) })}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </Group>
          );
        })}
        <Group gap="xs">
          {free.length > 0 && (
            <Select
              placeholder={t('forms.addConsent')}
              aria-label={t('forms.addConsent')}
              data={free.map((text) => ({ value: text.id, label: text.name }))}
              value={null}
              onChange={(id) => id !== null && add(id)}
            />
          )}
          <Button variant="default" onClick={() => setMaking(true)}>
            {t('forms.newText')}
          </Button>
        </Group>
        {isMaking && <TextDialog text={null} onClose={() => setMaking(false)} onSaved={(text) => add(text.id)} />}
      </Stack>
    </Paper>
  );
}

export function AfterPart({ input, change, problem }: PartProps) {
  const { t } = useTranslation();
  const files = useQuery(filesQuery);
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={2}>{t('forms.after')}</Title>
        <Textarea
          label={t('forms.thanks')}
          autosize
          minRows={2}
          disabled={input.redirect !== null}
          value={input.thanks}
          onChange={(event) => change({ thanks: event.currentTarget.value })}
        />
        <TextInput
          label={t('forms.redirect')}
          placeholder="https://www.example.com/thank-you"
          value={input.redirect ?? ''}
          error={problem('redirect')}
          onChange={(event) =>
            change({ redirect: event.currentTarget.value === '' ? null : event.currentTarget.value })
          }
        />
        <Group align="flex-end" gap="xs">
          <Select
            label={t('forms.file')}
            w={320}
            data={[
              { value: '', label: t('forms.noFile') },
              ...(files.data?.items ?? []).map((file) => ({ value: file.id, label: file.name })),
            ]}
            allowDeselect={false}
            value={input.file ?? ''}
            error={problem('file')}
            onChange={(id) => change({ file: id === '' || id === null ? null : id })}
          />
          <UploadButton onUploaded={(file) => change({ file: file.id })} />
        </Group>
        {input.redirect !== null && input.file !== null && !input.doubleOptIn && (
          <Text size="sm" c="orange">
            {t('forms.fileUnseen')}
          </Text>
        )}
        <Switch
          label={t('forms.doubleOptIn')}
          description={t('forms.doubleOptInHelp')}
          checked={input.doubleOptIn}
          onChange={(event) => change({ doubleOptIn: event.currentTarget.checked })}
        />
      </Stack>
    </Paper>
  );
}

export function StrengthPart({ input, change }: PartProps) {
  const { t } = useTranslation();
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={2}>{t('forms.strength')}</Title>
        <Points {...{ input, change }} />
        <Switch
          label={t('forms.overwrite')}
          description={t('forms.overwriteHelp')}
          checked={input.overwrite}
          onChange={(event) => change({ overwrite: event.currentTarget.checked })}
        />
        <NumberInput
          label={t('forms.ceiling')}
          min={1}
          max={100_000}
          w={220}
          value={input.hourlyCeiling}
          onChange={(value) => change({ hourlyCeiling: Math.max(1, Number(value) || 1) })}
        />
      </Stack>
    </Paper>
  );
}

const PHASE_KEYS = {
  discovery: 'forms.phaseDiscovery',
  evaluation: 'forms.phaseEvaluation',
  purchase: 'forms.phasePurchase',
};

/** Points by phase, and whether somebody new would reach each CRM by them. */
function Points({ input, change }: Pick<PartProps, 'input' | 'change'>) {
  const { t } = useTranslation();
  const rules = useQuery({ queryKey: ['score-rules'], queryFn: () => api(routes.scoreRules) });
  const connections = useQuery(connectionsQuery);
  const pointsOf = (phase: string): number =>
    (rules.data?.items ?? [])
      .filter((rule) => rule.enabled && rule.onEvent === 'form')
      .filter((rule) => rule.condition === null || rule.condition['phase'] === phase)
      .reduce((most, rule) => Math.max(most, rule.points), 0);
  const points = input.phase === null ? 0 : pointsOf(input.phase);
  const targets = (connections.data?.items ?? []).filter((one) => one.enabled && one.export.enabled);
  return (
    <Stack gap={4}>
      <Text size="sm" fw={500}>
        {t('forms.phase')}
      </Text>
      <SegmentedControl
        value={input.phase ?? ''}
        onChange={(value) => change({ phase: FORM_PHASES.find((phase) => phase === value) ?? null })}
        data={[
          { value: '', label: t('forms.phaseNone') },
          ...FORM_PHASES.map((phase) => ({
            value: phase,
            label: `${t(PHASE_KEYS[phase])} · ${pointsOf(phase)}`,
          })),
        ]}
      />
      {targets.map((one) => {
        const minimum = one.export.minimumScore ?? 0;
        return (
          <Text key={one.id} size="sm" c="dimmed">
            {t(points >= minimum ? 'forms.reaches' : 'forms.reachesNot', { connection: one.name, minimum })}
          </Text>
        );
      })}
    </Stack>
  );
}

export function HiddenPart({ input, change, problem }: PartProps) {
  const { t } = useTranslation();
  const { label, options } = useFieldChoice([...input.fields, ...input.hidden].map((one) => one.field));
  const put = (index: number, next: { readonly value?: string; readonly parameter?: string }) =>
    change({ hidden: input.hidden.map((one, at) => (at === index ? { ...one, ...next } : one)) });
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Title order={2}>{t('forms.hidden')}</Title>
        <Text size="sm" c="dimmed">
          {t('forms.hiddenHelp')}
        </Text>
        {input.hidden.map((one, index) => (
          <Stack key={one.field} gap={2} className="form-question">
            <Group gap="xs" wrap="nowrap" justify="space-between">
              <Text fw={600} truncate>
                {label(one.field)}
              </Text>
              <ActionIcon
                variant="subtle"
                color="red"
                aria-label={`${t('forms.remove')}: ${label(one.field)}`}
                onClick={() => change({ hidden: input.hidden.filter((_, at) => at !== index) })}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </Group>
            <Group gap="xs" grow>
              <TextInput
                size="sm"
                label={t('forms.value')}
                value={one.value}
                onChange={(event) => put(index, { value: event.currentTarget.value, parameter: '' })}
              />
              <TextInput
                size="sm"
                label={t('forms.parameter')}
                value={one.parameter}
                onChange={(event) => put(index, { parameter: event.currentTarget.value, value: '' })}
              />
            </Group>
            <Text size="sm" c="red">
              {problem(`hidden.${index}`) ?? problem(`hidden.${index}.value`) ?? problem(`hidden.${index}.field`)}
            </Text>
          </Stack>
        ))}
        <AddSelect
          label={t('forms.addHidden')}
          data={options}
          onAdd={(field) => change({ hidden: [...input.hidden, { field, value: '', parameter: '' }] })}
        />
      </Stack>
    </Paper>
  );
}
