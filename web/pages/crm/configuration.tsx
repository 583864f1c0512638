import {
  Accordion,
  Alert,
  Button,
  Checkbox,
  Fieldset,
  Group,
  NumberInput,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ProblemError, routes } from '../../api/client.ts';
import { crmRoute } from '../../routes.tsx';
import { tell, tellError } from '../../ui/feedback.tsx';
import { BacklogBars } from './backlog-bar.tsx';
import { BreakerPart } from './breaker-part.tsx';
import { ConnectionSwitch } from './connection-switch.tsx';
import { useMayConnect } from './may-connect.ts';
import { OnOff, whyNotOn } from './on-off.tsx';
import { ParityDrawer } from './parity-drawer.tsx';
import { type Connection, type Crm, connectionsChanged } from './queries.ts';
import { WhoComesIn, WhoGoesOut } from './who.tsx';

export const valuesOf = (one: Connection) => ({
  enabled: one.enabled,
  leads: one.import.leads,
  contacts: one.import.contacts,
  filter: one.import.contactFilter.enabled,
  filterField: one.import.contactFilter.field,
  filterValue: String(one.import.contactFilter.value),
  exportOn: one.export.enabled,
  minimumScore: (one.export.minimumScore ?? 20) as number | string,
  systemFields: one.export.systemFieldsOnContacts,
  scoreStep: one.export.scoreStep as number | string,
  minutes: one.schedule.everyMinutes as number | string,
  conflict: one.conflict as string,
  dailyShare: Math.round(one.quota.dailyShare * 100) as number | string,
  automations: one.startAutomations,
  breakerOn: one.breaker.enabled,
  breakerChanges: one.breaker.changes as number | string,
  breakerChangesShare: Math.round(one.breaker.changesShare * 100) as number | string,
  breakerLosses: one.breaker.losses as number | string,
  breakerLossesShare: Math.round(one.breaker.lossesShare * 100) as number | string,
  addresses: one.notify.addresses,
  when: one.notify.when as string,
});
type Values = ReturnType<typeof valuesOf>;

/** As the API takes them; a box that is disabled says nothing of what stands in it. */
/** Limits are an administrator's: nobody else sends them. */
const patchOf = (values: Values, mayConnect: boolean) => ({
  enabled: values.enabled,
  import: {
    leads: values.leads,
    contacts: values.contacts,
    contactFilter: {
      enabled: values.filter,
      field: values.filterField,
      value: values.filterValue === 'true' ? true : values.filterValue,
    },
  },
  export: {
    enabled: values.exportOn,
    minimumScore: Number(values.minimumScore),
    systemFieldsOnContacts: values.systemFields,
    scoreStep: Number(values.scoreStep),
  },
  schedule: { everyMinutes: Number(values.minutes) },
  conflict: values.conflict as Connection['conflict'],
  ...(mayConnect ? { quota: { dailyShare: Number(values.dailyShare) / 100 } } : {}),
  startAutomations: values.automations,
  breaker: {
    enabled: values.breakerOn,
    changes: Number(values.breakerChanges),
    changesShare: Number(values.breakerChangesShare) / 100,
    losses: Number(values.breakerLosses),
    lossesShare: Number(values.breakerLossesShare) / 100,
  },
  notify: { addresses: values.addresses, when: values.when as Connection['notify']['when'] },
});

/** Which box a path of the API's answer belongs to. */
const BOXES: Readonly<Record<string, keyof Values>> = {
  'export.minimumScore': 'minimumScore',
  'export.scoreStep': 'scoreStep',
  'schedule.everyMinutes': 'minutes',
  'quota.dailyShare': 'dailyShare',
  'breaker.changes': 'breakerChanges',
  'breaker.changesShare': 'breakerChangesShare',
  'breaker.losses': 'breakerLosses',
  'breaker.lossesShare': 'breakerLossesShare',
  'notify.addresses': 'addresses',
  'import.contactFilter.field': 'filterField',
  'import.contacts': 'contacts',
};

/** Tab A. Nothing is saved before "Update the configuration". */
export function ConfigurationTab(props: {
  readonly connections: readonly Connection[];
  readonly crms: readonly Crm[];
  readonly chosen: string | undefined;
}) {
  const connection = props.connections.find((one) => one.name === props.chosen) ?? props.connections[0];
  const crm = props.crms.find((one) => one.id === connection?.crm);
  const search = crmRoute.useSearch();
  const navigate = useNavigate({ from: crmRoute.fullPath });
  if (connection === undefined || crm === undefined) return null;
  return (
    <Stack maw={820}>
      <ConnectionSwitch connections={props.connections} chosen={connection.name} tab="configuration" />
      <ConfigurationForm key={connection.id} connection={connection} crm={crm} />
      {search.compare !== undefined && (
        <ParityDrawer
          connection={connection}
          onClose={() => void navigate({ search: ({ compare: _compare, ...before }) => before })}
        />
      )}
    </Stack>
  );
}

function ConfigurationForm({ connection, crm }: { readonly connection: Connection; readonly crm: Crm }) {
  const { t } = useTranslation();
  const form = useForm<Values>({ initialValues: valuesOf(connection) });
  const { version } = connection;
  useEffect(() => {
    if (!form.isDirty()) {
      form.setInitialValues(valuesOf(connection));
      form.reset();
    }
    // Only a saved change of the settings may refill the form.
    // eslint-disable-next-line
  }, [version]);
  const { save, isPreviewing } = useSave(connection, form);
  const { values } = form;
  const whyNot = whyNotOn(connection, crm, values);
  return (
    <form onSubmit={form.onSubmit((submitted) => save.mutate(submitted))}>
      <Stack>
        <BacklogBars connection={connection} />
        {connection.writtenBy === 'file' && <Alert variant="light">{t('configuration.byFile')}</Alert>}
        <OnOff
          connection={connection}
          enabled={values.enabled}
          whyNot={whyNot}
          onChange={(on) => form.setFieldValue('enabled', on)}
        />
        <WhoComesIn connection={connection} crm={crm} form={form} />
        <WhoGoesOut connection={connection} crm={crm} form={form} />
        <WhomAndHow connection={connection} form={form} />
        <Group className="save-bar" data-unsaved={form.isDirty() || undefined}>
          <Button
            type="submit"
            size="md"
            loading={save.isPending || isPreviewing}
            disabled={!form.isDirty() || (values.enabled && whyNot !== null)}
          >
            {t('crm.update')}
          </Button>
          <Text size="sm" c="dimmed" role="status">
            {isPreviewing
              ? t('configuration.previewing')
              : values.enabled && whyNot !== null
                ? t(`configuration.${whyNot}`)
                : form.isDirty()
                  ? t('common.unsaved')
                  : ''}
          </Text>
        </Group>
      </Stack>
    </form>
  );
}

/** Saves all of it or nothing; switched on, the preview comes first, and its approval starts the first run. */
function useSave(connection: Connection, form: ReturnType<typeof useForm<Values>>) {
  const mayConnect = useMayConnect();
  const { t } = useTranslation();
  const navigate = useNavigate({ from: crmRoute.fullPath });
  const preview = useMutation({
    mutationFn: () =>
      api(routes.startRuns, {
        params: { id: connection.id },
        body: { mode: 'full', dryRun: true },
      }),
    onSuccess: ({ runs }) =>
      void navigate({
        search: {
          tab: 'history',
          connection: connection.name,
          ...(runs[0] === undefined ? {} : { run: runs[0].id }),
        },
      }),
    onError: tellError,
  });
  const save = useMutation({
    mutationFn: (values: Values) =>
      api(routes.updateConnection, {
        params: { id: connection.id },
        ifMatch: connection.version,
        body: patchOf(values, mayConnect),
      }),
    onSuccess: async (saved) => {
      form.setInitialValues(valuesOf(saved));
      form.reset();
      await connectionsChanged();
      tell(t('crm.updated'));
      if (saved.enabled && !connection.enabled) preview.mutate();
    },
    onError: (error) => {
      const errors = error instanceof ProblemError ? (error.problem.errors ?? []) : [];
      for (const one of errors) {
        const box = BOXES[one.path];
        if (box !== undefined) form.setFieldError(box, one.message);
      }
      tellError(error);
    },
  });
  return { save, isPreviewing: preview.isPending };
}

/** Whom to tell, how often, who wins, and the limits. */
function WhomAndHow({
  connection,
  form,
}: {
  readonly connection: Connection;
  readonly form: ReturnType<typeof useForm<Values>>;
}) {
  const mayConnect = useMayConnect();
  const { t } = useTranslation();
  return (
    <>
      <Fieldset legend={t('crm.notifyTitle')}>
        <div className="pair">
          <TextInput
            label={t('crm.notifyAddresses')}
            description={t('configuration.notifyHelp')}
            placeholder="ada@example.com; bob@example.com"
            {...form.getInputProps('addresses')}
          />
          <Select
            label={t('crm.notifyWhen')}
            allowDeselect={false}
            data={(['each', 'problems', 'daily'] as const).map((value) => ({ value, label: t(`crm.${value}`) }))}
            {...form.getInputProps('when')}
          />
        </div>
      </Fieldset>
      <Fieldset legend={t('crm.scheduleTitle')}>
        <div className="pair">
          <NumberInput label={t('crm.minutes')} min={5} max={1440} {...form.getInputProps('minutes')} />
          <Select
            label={t('crm.conflictTitle')}
            allowDeselect={false}
            data={(['latest', 'hub', 'crm', 'ask'] as const).map((value) => ({ value, label: t(`crm.${value}`) }))}
            {...form.getInputProps('conflict')}
          />
        </div>
      </Fieldset>
      <Accordion variant="contained" chevronPosition="left">
        <Accordion.Item value="breaker">
          <Accordion.Control>{t('guard.settingsTitle')}</Accordion.Control>
          <Accordion.Panel>
            <BreakerPart connection={connection} form={form} />
          </Accordion.Panel>
        </Accordion.Item>
        <Accordion.Item value="limits">
          <Accordion.Control>{t('configuration.quotaTitle')}</Accordion.Control>
          <Accordion.Panel>
            <div className="pair">
              <NumberInput
                label={t('configuration.quotaShare')}
                description={mayConnect ? t('configuration.quotaShareHelp') : t('score.adminOnly')}
                disabled={!mayConnect}
                min={1}
                max={100}
                suffix=" %"
                {...form.getInputProps('dailyShare')}
              />
              <NumberInput
                label={t('configuration.scoreStep')}
                description={t('configuration.scoreStepHelp')}
                min={1}
                max={50}
                {...form.getInputProps('scoreStep')}
              />
            </div>
            <Checkbox
              mt="md"
              label={t('configuration.automations')}
              description={t('configuration.automationsHelp')}
              {...form.getInputProps('automations', { type: 'checkbox' })}
            />
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </>
  );
}
