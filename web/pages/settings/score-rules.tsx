import {
  ActionIcon,
  Button,
  Group,
  NumberInput,
  Paper,
  Select,
  Stack,
  Switch,
  Table,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { api, queryClient, routes } from '../../api/client.ts';
import { meQuery } from '../../routes.tsx';
import { Loading, tellError } from '../../ui/feedback.tsx';
import { ScorePhases } from './score-phases.tsx';

type Rule = z.output<typeof routes.saveScoreRule.response>;

const refresh = (): void => {
  for (const key of ['score-rules', 'contact-score', 'contact', 'contacts'])
    void queryClient.invalidateQueries({ queryKey: [key] });
};

/** How points are given, when somebody is in which phase, and whether points fade. */
export function ScoreSettings() {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const rules = useQuery({ queryKey: ['score-rules'], queryFn: () => api(routes.scoreRules) });
  const may = me?.scopes.includes('hub:write') === true;
  if (rules.data === undefined) return <Loading />;
  return (
    <Stack gap="lg">
      <Paper withBorder p="md" maw={860}>
        <Stack>
          <Title order={2}>{t('score.rules')}</Title>
          <Text size="sm" c="dimmed">
            {t('score.rulesHint')}
          </Text>
          <Table.ScrollContainer minWidth={560}>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('settings.rule')}</Table.Th>
                  <Table.Th>{t('score.when')}</Table.Th>
                  <Table.Th>{t('settings.points')}</Table.Th>
                  <Table.Th>{t('score.on')}</Table.Th>
                  <Table.Th />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rules.data.items.map((rule) => (
                  <RuleRow key={rule.id} rule={rule} may={may} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
          {may && <NewRule />}
        </Stack>
      </Paper>
      <ScorePhases />
    </Stack>
  );
}

function RuleRow({ rule, may }: { readonly rule: Rule; readonly may: boolean }) {
  const { t } = useTranslation();
  const save = useMutation({
    mutationFn: (enabled: boolean) => api(routes.saveScoreRule, { body: { ...rule, enabled } }),
    onSuccess: refresh,
    onError: tellError,
  });
  const drop = useMutation({
    mutationFn: () => api(routes.deleteScoreRule, { params: { id: rule.id } }),
    onSuccess: refresh,
    onError: tellError,
  });
  return (
    <Table.Tr>
      <Table.Td>{rule.name}</Table.Td>
      <Table.Td>
        <Condition rule={rule} />
      </Table.Td>
      <Table.Td>{rule.points > 0 ? `+${rule.points}` : rule.points}</Table.Td>
      <Table.Td>
        <Switch
          aria-label={t('score.onNamed', { name: rule.name })}
          checked={rule.enabled}
          disabled={!may || save.isPending}
          onChange={(event) => save.mutate(event.currentTarget.checked)}
        />
      </Table.Td>
      <Table.Td>
        {may && (
          <ActionIcon
            variant="subtle"
            color="red"
            aria-label={t('score.remove', { name: rule.name })}
            loading={drop.isPending}
            onClick={() => drop.mutate()}
          >
            <IconTrash size={16} />
          </ActionIcon>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

/** What has to happen or to be so, as a sentence. */
function Condition({ rule }: { readonly rule: Rule }) {
  const { t } = useTranslation();
  const condition = rule.condition ?? {};
  if (rule.onEvent === null)
    return (
      <Text size="sm">
        {t(`score.op.${String(condition['op'])}`, {
          field: t(`field.${String(condition['field'])}`, { defaultValue: String(condition['field']) }),
          value: String(condition['value'] ?? ''),
        })}
      </Text>
    );
  const only = Object.entries(condition).map(([key, value]) =>
    key === 'phase' ? t(`score.phase.${String(value)}`, { defaultValue: String(value) }) : `${key} = ${String(value)}`,
  );
  return (
    <Text size="sm">{[t(`score.event.${rule.onEvent}`, { defaultValue: rule.onEvent }), ...only].join(' · ')}</Text>
  );
}

const EVENTS = ['visit', 'download', 'form'] as const;
const OPS = ['filled', 'empty', 'is', 'is_not'] as const;

function NewRule() {
  const { t } = useTranslation();
  const fields = useQuery({ queryKey: ['hub-fields'], queryFn: () => api(routes.hubFields) });
  const form = useForm({
    initialValues: { name: '', on: 'form', phase: '', field: '', op: 'filled', value: '', points: 5 },
    validate: {
      name: (value) => (value.trim() === '' ? t('score.needsName') : null),
      field: (value, all) => (all.on === 'field' && value === '' ? t('score.needsField') : null),
    },
  });
  const { on, op } = form.values;
  const add = useMutation({
    mutationFn: (one: typeof form.values) =>
      api(routes.saveScoreRule, {
        body: {
          name: one.name.trim(),
          points: one.points,
          enabled: true,
          onEvent: one.on === 'field' ? null : one.on,
          condition:
            one.on === 'field'
              ? { field: one.field, op: one.op, ...(one.op.startsWith('is') ? { value: one.value } : {}) }
              : one.on === 'form' && one.phase !== ''
                ? { phase: one.phase }
                : null,
        },
      }),
    onSuccess: () => {
      form.reset();
      refresh();
    },
    onError: tellError,
  });
  return (
    <form onSubmit={form.onSubmit((values) => add.mutate(values))}>
      <Group align="flex-end">
        <TextInput label={t('settings.rule')} {...form.getInputProps('name')} />
        <Select
          label={t('score.when')}
          w={170}
          allowDeselect={false}
          data={[...EVENTS, 'field'].map((value) => ({ value, label: t(`score.event.${value}`) }))}
          {...form.getInputProps('on')}
        />
        {on === 'form' && (
          <Select
            label={t('score.formOf')}
            w={150}
            clearable
            placeholder={t('score.anyForm')}
            data={['discovery', 'evaluation', 'purchase'].map((value) => ({ value, label: t(`score.phase.${value}`) }))}
            {...form.getInputProps('phase')}
          />
        )}
        {on === 'field' && (
          <>
            <Select
              label={t('settings.field')}
              w={170}
              searchable
              data={(fields.data?.items ?? [])
                .filter((one) => !one.calculated)
                .map((one) => ({ value: one.key, label: t(`field.${one.key}`, { defaultValue: one.label }) }))}
              {...form.getInputProps('field')}
            />
            <Select
              label={t('score.condition')}
              w={140}
              allowDeselect={false}
              data={OPS.map((value) => ({ value, label: t(`score.opName.${value}`) }))}
              {...form.getInputProps('op')}
            />
            {op.startsWith('is') && <TextInput w={140} label={t('score.value')} {...form.getInputProps('value')} />}
          </>
        )}
        <NumberInput w={90} label={t('settings.points')} min={-50} max={50} {...form.getInputProps('points')} />
        <Button type="submit" loading={add.isPending}>
          {t('score.add')}
        </Button>
      </Group>
    </form>
  );
}
