import { Alert, Badge, Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import type * as view from '../../../src/api/contract/guard-views.ts';
import type { Repair } from '../../../src/core/schema-diff.ts';
import { api, queryClient, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import { tell, tellError } from '../../ui/feedback.tsx';
import { type Connection, fieldsQuery, hubFieldsQuery } from './queries.ts';

export type SchemaChange = z.output<typeof view.schemaChange>;

export const schemaChangesQuery = (id: string) => ({
  queryKey: ['schema-changes', id],
  queryFn: () => api(routes.schemaChanges, { params: { id } }),
});

/** What changed in the CRM's fields since the mapping was made, each with its repair (R49). */
export function SchemaChanges({ connection }: { readonly connection: Connection }) {
  const { t } = useTranslation();
  const changes = useQuery(schemaChangesQuery(connection.id));
  const items = changes.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <Stack gap="xs" data-schema-changes={items.length}>
      {items.map((change) => (
        <Alert
          key={change.id}
          color={change.what === 'options' ? 'gray' : 'orange'}
          variant="light"
          icon={<IconPlugConnectedX size={18} />}
          title={`${t('schema.title')}: ${change.label}`}
        >
          <Stack gap="xs">
            <Text size="sm">{change.message}</Text>
            <Text size="sm">{change.todo}</Text>
            <Repairs connection={connection} change={change} />
            <Text size="xs">{t('schema.seen', { when: when(change.at, '') })}</Text>
          </Stack>
        </Alert>
      ))}
    </Stack>
  );
}

/** Under a mapping line: that it rests, and why. */
export function RestingNote(props: {
  readonly changes: readonly SchemaChange[];
  readonly line: Connection['mappings'][number];
}) {
  const { t } = useTranslation();
  const { kind, hub, crm } = props.line;
  const change = props.changes.find((one) => one.suspends && one.lines.includes(`${kind}:${hub}:${crm}`));
  if (change === undefined) return null;
  return (
    <Group gap={6} wrap="nowrap" align="baseline">
      <Badge size="xs" color="orange" tt="none">
        {t('schema.rests')}
      </Badge>
      <Text size="xs">{change.message}</Text>
    </Group>
  );
}

interface Wish {
  readonly action: Repair;
  readonly to?: string;
  readonly default?: string;
  readonly hub?: string;
}

function Repairs({ connection, change }: { readonly connection: Connection; readonly change: SchemaChange }) {
  const { t } = useTranslation();
  const repair = useMutation({
    mutationFn: (body: Wish) =>
      api(routes.repairSchemaChange, { params: { id: connection.id, change: change.id }, body }),
    onSuccess: () => {
      tell(t('schema.repaired'));
      for (const key of ['schema-changes', 'connections', 'crm-fields'])
        void queryClient.invalidateQueries({ queryKey: [key] });
    },
    onError: tellError,
  });
  const go = (body: Wish) => repair.mutate(body);
  return (
    <Group gap="xs" align="flex-end">
      {change.what === 'renamed' && (
        <Button size="xs" loading={repair.isPending} onClick={() => go({ action: 'take_over' })}>
          {t('schema.takeOver', { to: (change.toLabel === change.label ? change.to : change.toLabel) ?? '' })}
        </Button>
      )}
      {change.what === 'removed' && <ChooseField connection={connection} change={change} onGo={go} />}
      {change.what === 'required' && <SetDefault change={change} onGo={go} />}
      {change.repairs.map(
        (action) =>
          (action === 'accept' || action === 'only_in' || action === 'switch_off' || action === 'dismiss') && (
            <Button
              key={action}
              size="xs"
              variant={action === 'accept' || action === 'only_in' ? 'filled' : 'default'}
              loading={repair.isPending}
              onClick={() => go({ action })}
            >
              {t(`schema.${action}`)}
            </Button>
          ),
      )}
    </Group>
  );
}

interface PartProps {
  readonly change: SchemaChange;
  readonly onGo: (wish: Wish) => void;
}

function ChooseField({ connection, change, onGo }: PartProps & { readonly connection: Connection }) {
  const { t } = useTranslation();
  const [to, setTo] = useState<string | null>(null);
  const fields = useQuery(fieldsQuery(connection.id, change.kinds[0] ?? 'lead'));
  return (
    <>
      <Select
        size="xs"
        w={260}
        searchable
        aria-label={t('schema.chooseField')}
        placeholder={t('schema.chooseField')}
        value={to}
        onChange={setTo}
        data={(fields.data?.items ?? []).map((field) => ({
          value: field.key,
          label: `${field.label} (${field.key})`,
        }))}
      />
      <Button size="xs" disabled={to === null} onClick={() => to !== null && onGo({ action: 'take_over', to })}>
        {t('schema.choose')}
      </Button>
    </>
  );
}

/** A line that goes out takes a default; where none fills the field yet, one is made. */
function SetDefault({ change, onGo }: PartProps) {
  const { t } = useTranslation();
  const [value, setValue] = useState('');
  const [hubField, setHubField] = useState<string | null>(null);
  const fields = useQuery(hubFieldsQuery);
  const needsLine = change.lines.length === 0;
  return (
    <>
      {needsLine && (
        <Select
          size="xs"
          w={200}
          searchable
          label={t('schema.hubField')}
          value={hubField}
          onChange={setHubField}
          data={(fields.data?.items ?? []).map((field) => ({
            value: field.key,
            label: t(`field.${field.key}`, { defaultValue: field.label }),
          }))}
        />
      )}
      <TextInput
        size="xs"
        w={180}
        label={t('schema.defaultValue')}
        value={value}
        onChange={(event) => setValue(event.currentTarget.value)}
      />
      <Button
        size="xs"
        disabled={value === '' || (needsLine && hubField === null)}
        onClick={() => onGo({ action: 'set_default', default: value, ...(hubField === null ? {} : { hub: hubField }) })}
      >
        {t('schema.setDefault')}
      </Button>
    </>
  );
}
