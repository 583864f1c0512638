import {
  Alert,
  Button,
  Checkbox,
  Fieldset,
  Group,
  NumberInput,
  Paper,
  SegmentedControl,
  Select,
  Stack,
  Switch,
  Text,
  TextInput,
  Tooltip,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { number, when } from '../../i18n.ts';
import { crmRoute } from '../../routes.tsx';
import { tell, tellError } from '../../ui/feedback.tsx';
import { Light } from '../../ui/mark.tsx';
import type { Connection } from './queries.ts';

const valuesOf = (one: Connection) => ({
  enabled: one.enabled,
  leads: one.import.leads,
  contacts: one.import.contacts,
  filter: one.import.contactFilter.enabled,
  filterField: one.import.contactFilter.field,
  exportOn: one.export.enabled,
  minimumScore: one.export.minimumScore ?? 20,
  minutes: one.schedule.everyMinutes,
  conflict: one.conflict as string,
  addresses: one.notify.addresses,
  when: one.notify.when as string,
});

/** Nothing is saved before "Update the configuration". */
export function ConfigurationTab(props: {
  readonly connections: readonly Connection[];
  readonly chosen: string | undefined;
}) {
  const navigate = useNavigate({ from: crmRoute.fullPath });
  const connection = props.connections.find((one) => one.name === props.chosen) ?? props.connections[0];
  if (connection === undefined) return null;
  return (
    <Stack maw={760}>
      {props.connections.length > 1 && (
        <SegmentedControl
          w="fit-content"
          value={connection.name}
          onChange={(name) => void navigate({ search: { tab: 'configuration', connection: name } })}
          data={props.connections.map((one) => one.name)}
        />
      )}
      <ConfigurationForm key={connection.id} connection={connection} />
    </Stack>
  );
}

function ConfigurationForm({ connection }: { readonly connection: Connection }) {
  const { t } = useTranslation();
  const form = useForm({ initialValues: valuesOf(connection) });
  const { version } = connection;
  useEffect(() => {
    if (!form.isDirty()) {
      form.setInitialValues(valuesOf(connection));
      form.reset();
    }
    // Only a saved change of the settings may refill the form.
    // eslint-disable-next-line
  }, [version]);
  const navigate = useNavigate({ from: crmRoute.fullPath });
  // Switched on: the preview comes first, its approval starts the first run.
  const preview = useMutation({
    mutationFn: () =>
      api(routes.startRuns, {
        params: { id: connection.id },
        query: { wait: 100 },
        body: { mode: 'full', dryRun: true },
      }),
    onSuccess: ({ runs }) =>
      void navigate({
        search: {
          tab: 'history',
          connection: connection.name,
          ...(runs[0] === undefined ? {} : { run: runs[0].id, outcome: 'created' }),
        },
      }),
    onError: tellError,
  });
  const save = useMutation({
    mutationFn: (values: typeof form.values) =>
      api(routes.updateConnection, {
        params: { id: connection.id },
        ifMatch: version,
        body: {
          enabled: values.enabled,
          import: {
            leads: values.leads,
            contacts: values.contacts,
            contactFilter: { enabled: values.filter, field: values.filterField },
          },
          export: { enabled: values.exportOn, minimumScore: values.minimumScore },
          schedule: { everyMinutes: values.minutes },
          conflict: values.conflict as Connection['conflict'],
          notify: { addresses: values.addresses, when: values.when as Connection['notify']['when'] },
        },
      }),
    onSuccess: (saved) => {
      form.setInitialValues(valuesOf(saved));
      form.reset();
      tell(t('crm.updated'));
      void queryClient.invalidateQueries({ queryKey: ['connections'] });
      if (saved.enabled && !connection.enabled) preview.mutate();
    },
    onError: tellError,
  });
  const { values } = form;
  const mayOn = values.leads || values.contacts || values.exportOn;
  return (
    <form onSubmit={form.onSubmit((submitted) => save.mutate(submitted))}>
      <Stack>
        <OnOff
          connection={connection}
          enabled={values.enabled}
          mayOn={mayOn}
          onChange={(on) => form.setFieldValue('enabled', on)}
        />
        <ImportPart connection={connection} form={form} />
        <ExportPart connection={connection} form={form} />
        <Fieldset legend={t('crm.scheduleTitle')}>
          <Group grow align="flex-start">
            <NumberInput label={t('crm.minutes')} min={5} max={1440} {...form.getInputProps('minutes')} />
            <Select
              label={t('crm.conflictTitle')}
              allowDeselect={false}
              data={(['latest', 'hub', 'crm', 'ask'] as const).map((value) => ({ value, label: t(`crm.${value}`) }))}
              {...form.getInputProps('conflict')}
            />
          </Group>
        </Fieldset>
        <Fieldset legend={t('crm.notifyTitle')}>
          <Group grow align="flex-start">
            <TextInput
              label={t('crm.notifyAddresses')}
              placeholder="ada@example.com; bob@example.com"
              {...form.getInputProps('addresses')}
            />
            <Select
              label={t('crm.notifyWhen')}
              allowDeselect={false}
              data={(['each', 'problems', 'daily'] as const).map((value) => ({ value, label: t(`crm.${value}`) }))}
              {...form.getInputProps('when')}
            />
          </Group>
        </Fieldset>
        <Group>
          <Tooltip label={t('crm.cannotOn')} disabled={!values.enabled || mayOn}>
            <Button
              type="submit"
              size="md"
              loading={save.isPending || preview.isPending}
              disabled={!form.isDirty() || (values.enabled && !mayOn)}
            >
              {t('crm.update')}
            </Button>
          </Tooltip>
          {form.isDirty() && (
            <Text size="sm" c="dimmed">
              {t('common.unsaved')}
            </Text>
          )}
        </Group>
      </Stack>
    </form>
  );
}

function OnOff(props: {
  readonly connection: Connection;
  readonly enabled: boolean;
  readonly mayOn: boolean;
  readonly onChange: (on: boolean) => void;
}) {
  const { t } = useTranslation();
  const { health } = props.connection;
  const why = health.why === null ? null : t(`why.${health.why}`, { ...health.whyParams, defaultValue: health.why });
  const oldest = health.oldestWaiting.toCrm ?? health.oldestWaiting.toHub;
  const resume = useMutation({
    mutationFn: () => api(routes.resumeConnection, { params: { id: props.connection.id } }),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: ['connections'] }),
    onError: tellError,
  });
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" align="flex-start">
        <Group gap="md">
          <Switch
            size="xl"
            onLabel={t('crm.on')}
            offLabel={t('crm.off')}
            checked={props.enabled}
            onChange={(event) => props.onChange(event.currentTarget.checked)}
            aria-label={t('crm.onOff')}
            disabled={!props.mayOn && !props.enabled}
          />
          <Stack gap={2}>
            <Group gap={8}>
              <Light light={health.light} label={t(`light.${health.light}`)} />
              <Text fw={600}>{t(`light.${health.light}`)}</Text>
            </Group>
            <Text size="sm" c="dimmed">
              {t('crm.every', { minutes: props.connection.schedule.everyMinutes })}
            </Text>
          </Stack>
        </Group>
        <Stack gap={2}>
          <Text size="sm">{`${t('crm.lastRun')}: ${when(health.lastRun?.endedAt ?? null, t('common.never'))}`}</Text>
          <Text size="sm">{`${t('crm.nextRun')}: ${when(health.nextRunAt, '–')}`}</Text>
          <Text size="sm">{`${t('crm.oldest')}: ${when(oldest, t('crm.nothingWaits'))}`}</Text>
        </Stack>
      </Group>
      {why !== null && health.light !== 'grey' && (
        <Alert mt="md" color={health.light === 'red' ? 'red' : 'orange'}>
          <Group justify="space-between">
            {why}
            {props.connection.pausedReason !== null && (
              <Button size="xs" variant="light" onClick={() => resume.mutate()}>
                {t('common.retry')}
              </Button>
            )}
          </Group>
        </Alert>
      )}
    </Paper>
  );
}

interface PartProps {
  readonly connection: Connection;
  readonly form: ReturnType<typeof useForm<ReturnType<typeof valuesOf>>>;
}

function ImportPart({ connection, form }: PartProps) {
  const { t } = useTranslation();
  const note = (kind: 'Lead' | 'Contact') =>
    connection.crm === 'hubspot' ? t(`crm.noteHubspot${kind}`) : t(`crm.noteSalesforce${kind}`);
  const today = (kind: string) => {
    const count = connection.counts[kind];
    return count === undefined ? '' : ` · ${t('crm.today', { count: number(count) as never })}`;
  };
  return (
    <Fieldset legend={t('crm.importTitle')}>
      <Stack gap="sm">
        <Checkbox
          label={t('crm.leads')}
          description={`${note('Lead')}${today('lead')}`}
          {...form.getInputProps('leads', { type: 'checkbox' })}
        />
        <Checkbox
          label={t('crm.contacts')}
          description={`${note('Contact')} ${t('crm.contactsHelp')}${today('contact')}`}
          {...form.getInputProps('contacts', { type: 'checkbox' })}
        />
        <Checkbox
          ml="lg"
          label={t('crm.filter')}
          description={t('crm.filterHelp')}
          disabled={!form.values.contacts}
          {...form.getInputProps('filter', { type: 'checkbox' })}
        />
        {form.values.contacts && form.values.filter && (
          <TextInput ml="lg" maw={320} label={t('crm.filterField')} {...form.getInputProps('filterField')} />
        )}
      </Stack>
    </Fieldset>
  );
}

function ExportPart({ connection, form }: PartProps) {
  const { t } = useTranslation();
  const score = Number(form.values.minimumScore);
  const people = useQuery({
    queryKey: ['score-preview', connection.id, score],
    queryFn: () => api(routes.preview, { params: { id: connection.id }, query: { minimumScore: score } }),
    enabled: Number.isFinite(score),
  });
  return (
    <Fieldset legend={t('crm.exportTitle')}>
      <Stack gap="sm">
        <Checkbox label={t('crm.exportOn')} {...form.getInputProps('exportOn', { type: 'checkbox' })} />
        <NumberInput
          maw={320}
          label={t('crm.minimumScore')}
          description={
            people.data === undefined ? ' ' : t('crm.scoreMeans', { count: number(people.data.people) as never })
          }
          min={0}
          max={50}
          disabled={!form.values.exportOn}
          {...form.getInputProps('minimumScore')}
        />
      </Stack>
    </Fieldset>
  );
}
