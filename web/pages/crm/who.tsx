import {
  Anchor,
  Autocomplete,
  Button,
  Checkbox,
  Fieldset,
  Group,
  NumberInput,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import type { useForm } from '@mantine/form';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { number, when } from '../../i18n.ts';
import { tell, tellError } from '../../ui/feedback.tsx';
import type { valuesOf } from './configuration.tsx';
import { createdFields } from './created-fields.ts';
import { type Connection, type Crm, fieldsQuery } from './queries.ts';

interface PartProps {
  readonly connection: Connection;
  readonly crm: Crm;
  readonly form: ReturnType<typeof useForm<ReturnType<typeof valuesOf>>>;
}

/** Leads, contacts and the filter; beside each box what it is in this CRM and how many there are today. */
export function WhoComesIn({ connection, crm, form }: PartProps) {
  const { t } = useTranslation();
  const isSplit = crm.kinds.includes('contact');
  const first = isSplit ? 'lead' : (crm.kinds[0] ?? 'person');
  const mayFilter = isSplit ? form.values.contacts : form.values.leads;
  return (
    <Fieldset legend={t('crm.importTitle')}>
      <Stack gap="sm">
        <Checkbox
          label={isSplit ? t('crm.leads') : t('configuration.peopleTitle')}
          description={<Note crm={crm} connection={connection} kind={first} more={isSplit ? '' : 'peopleHelp'} />}
          {...form.getInputProps('leads', { type: 'checkbox' })}
        />
        {isSplit && (
          <Checkbox
            label={t('crm.contacts')}
            description={<Note crm={crm} connection={connection} kind="contact" more="contactsHelp" />}
            {...form.getInputProps('contacts', { type: 'checkbox' })}
          />
        )}
        <Checkbox
          ml="xl"
          label={isSplit ? t('crm.filter') : t('configuration.filterPeople')}
          description={isSplit ? t('crm.filterHelp') : t('configuration.filterPeopleHelp')}
          disabled={!mayFilter}
          {...form.getInputProps('filter', { type: 'checkbox' })}
        />
        {mayFilter && form.values.filter && <SyncField connection={connection} crm={crm} form={form} />}
        <Counted connection={connection} />
      </Stack>
    </Fieldset>
  );
}

function Note(props: {
  readonly crm: Crm;
  readonly connection: Connection;
  readonly kind: string;
  readonly more: '' | 'contactsHelp' | 'peopleHelp';
}): ReactNode {
  const { t } = useTranslation();
  const count = props.connection.counts[props.kind];
  const more =
    props.more === 'contactsHelp' ? t('crm.contactsHelp') : props.more === '' ? '' : t('configuration.peopleHelp');
  return (
    <>
      {[props.crm.notes[props.kind], more].filter(Boolean).join(' ')}
      {count !== undefined && (
        <Text component="span" inherit fw={600}>
          {` ${t('crm.today', { count: number(count) as never })}`}
        </Text>
      )}
    </>
  );
}

function Counted({ connection }: { readonly connection: Connection }) {
  const { t } = useTranslation();
  const again = useMutation({
    mutationFn: () => api(routes.check, { params: { id: connection.id } }),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: ['connections'] }),
    onError: tellError,
  });
  return (
    <Text size="xs" c="dimmed">
      {connection.countedAt !== null && `${t('configuration.counted', { when: when(connection.countedAt, '') })} · `}
      <Anchor component="button" type="button" inherit onClick={() => again.mutate()} disabled={again.isPending}>
        {again.isPending ? t('common.loading') : t('configuration.countAgain')}
      </Anchor>
    </Text>
  );
}

/** The custom field that says who takes part: chosen from the CRM's own fields, or made there. */
function SyncField({ connection, crm, form }: PartProps) {
  const { t } = useTranslation();
  const kind = crm.kinds.includes('contact') ? 'contact' : (crm.kinds[0] ?? 'person');
  const fields = useQuery(fieldsQuery(connection.id, kind));
  const bare = (text: string): string => text.toLowerCase().replace(/__c$|[^a-z0-9]/g, '');
  const wanted = form.values.filterField;
  const list = fields.data?.items ?? [];
  const found = list.find((field) => bare(field.key) === bare(wanted) || bare(field.label) === bare(wanted));
  const create = useMutation({
    mutationFn: (key: string) => api(routes.createFields, { params: { id: connection.id }, body: { keys: [key] } }),
    onSuccess: ({ items }, key) => {
      const [bad] = createdFields(items).failed;
      if (bad === undefined) tell(t('configuration.created', { field: key }));
      else tellError(new Error(t(`schema.createFault.${bad.why}`, { crm: connection.crmLabel, field: key })));
      void queryClient.invalidateQueries({ queryKey: ['crm-fields'] });
    },
    onError: tellError,
  });
  const makeable = crm.syncField;
  return (
    <Group ml="xl" align="flex-start" gap="sm">
      <Autocomplete
        w={300}
        label={t('crm.filterField')}
        description={t('configuration.filterFieldHelp')}
        data={list.filter((field) => field.type === 'boolean' || field.custom === true).map((field) => field.key)}
        error={
          fields.data !== undefined && found === undefined ? t('configuration.notThere', { field: wanted }) : undefined
        }
        {...form.getInputProps('filterField')}
      />
      {found !== undefined && found.type !== 'boolean' && (
        <TextInput w={220} label={t('configuration.filterValue')} {...form.getInputProps('filterValue')} />
      )}
      {fields.data !== undefined && found === undefined && makeable !== null && (
        <Button mt={24} variant="light" size="xs" loading={create.isPending} onClick={() => create.mutate(makeable)}>
          {t('configuration.createField', { field: makeable })}
        </Button>
      )}
    </Group>
  );
}

/** From which score on people go to the CRM, and how many that means today. */
export function WhoGoesOut({ connection, crm, form }: PartProps) {
  const { t } = useTranslation();
  const score = Number(form.values.minimumScore);
  const isScore = form.values.minimumScore !== '' && Number.isInteger(score) && score >= 0 && score <= 50;
  const people = useQuery({
    queryKey: ['score-preview', connection.id, score],
    queryFn: () => api(routes.preview, { params: { id: connection.id }, query: { minimumScore: score } }),
    enabled: isScore,
    placeholderData: (before) => before,
  });
  return (
    <Fieldset legend={t('crm.exportTitle')}>
      <Stack gap="sm">
        <Checkbox
          label={t('crm.exportOn')}
          description={t('configuration.scoreHelp')}
          {...form.getInputProps('exportOn', { type: 'checkbox' })}
        />
        <Group align="flex-end" gap="md">
          <NumberInput
            w={160}
            label={t('crm.minimumScore')}
            min={0}
            max={50}
            disabled={!form.values.exportOn}
            {...form.getInputProps('minimumScore')}
          />
          <Text size="sm" fw={600} pb={8} aria-live="polite">
            {people.data === undefined || !isScore ? ' ' : t('configuration.scoreMeans', { count: people.data.people })}
          </Text>
        </Group>
        {crm.kinds.includes('contact') && (
          <Checkbox
            label={t('configuration.systemFields')}
            description={t('configuration.systemFieldsHelp')}
            disabled={!form.values.exportOn}
            {...form.getInputProps('systemFields', { type: 'checkbox' })}
          />
        )}
      </Stack>
    </Fieldset>
  );
}
