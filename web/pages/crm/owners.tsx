import { Accordion, Badge, Button, Group, Select, Stack, Switch, Table, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { number, when } from '../../i18n.ts';
import { Failed, Loading, tell, tellError } from '../../ui/feedback.tsx';
import { OwnerChoice } from './owner-choice.tsx';
import type { Owner, OwnerAnswer, OwnerSettings } from './owner-draft.ts';
import { OwnerMap } from './owner-map.tsx';
import { type Connection, connectionsChanged, hubFieldsQuery } from './queries.ts';

const ownersQuery = (id: string, field: string) => ({
  queryKey: ['owners', id, field],
  queryFn: () => api(routes.owners, { params: { id }, query: { field } }),
});

/** Who owns records in this CRM, and who shall own the ones that we make; closed until somebody wants it. */
export function OwnersPart({ connection }: { readonly connection: Connection }) {
  const { t } = useTranslation();
  const saved = useQuery(ownersQuery(connection.id, connection.owners.field));
  const known = saved.data?.items ?? [];
  const idle = known.filter((one) => !one.active).length;
  return (
    <Accordion variant="contained" chevronPosition="left" maw={820} data-owners={known.length}>
      <Accordion.Item value="owners">
        <Accordion.Control>
          {t('owners.title')}
          <Text span size="sm" c="dimmed">
            {' · '}
            {t('owners.summary', { count: known.length })}
            {idle > 0 && `, ${number(idle)} ${t('owners.deactivated')}`}
            {' · '}
            {t(connection.owners.assign ? 'owners.assigned' : 'owners.unassigned')}
          </Text>
        </Accordion.Control>
        <Accordion.Panel>
          {saved.error !== null && <Failed error={saved.error} retry={() => void saved.refetch()} />}
          {saved.isPending && <Loading />}
          {saved.data !== undefined && (
            <OwnersForm key={connection.version} connection={connection} report={saved.data} />
          )}
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}

function OwnersForm({ connection, report }: { readonly connection: Connection; readonly report: OwnerAnswer }) {
  const { t } = useTranslation();
  const { id, crmLabel: crm } = connection;
  const [draft, setDraft] = useState<OwnerSettings>(connection.owners);
  const fields = useQuery(hubFieldsQuery);
  const isOther = draft.field !== connection.owners.field;
  const other = useQuery({ ...ownersQuery(id, draft.field), enabled: isOther });
  const shown = isOther ? other.data : report;
  const save = useMutation({
    mutationFn: () =>
      api(routes.updateConnection, {
        params: { id },
        ifMatch: connection.version,
        body: { owners: { ...draft, fallback: draft.fallback ?? null } },
      }),
    onSuccess: async () => {
      void queryClient.invalidateQueries({ queryKey: ['owners'] });
      await connectionsChanged();
      tell(t('owners.saved'));
    },
    onError: tellError,
  });
  const set = (part: Partial<OwnerSettings>): void => setDraft({ ...draft, ...part });
  const field = fields.data?.items.find((one) => one.key === draft.field);
  const isDirty = JSON.stringify(draft) !== JSON.stringify(connection.owners);
  return (
    <Stack>
      <Switch
        label={t('owners.assign')}
        description={t('owners.assignHelp')}
        checked={draft.assign}
        onChange={(event) => set({ assign: event.currentTarget.checked })}
      />
      <div className="pair">
        <Select
          label={t('owners.field')}
          description={t('owners.fieldHelp', { crm })}
          searchable
          clearable
          data={(fields.data?.items ?? [])
            .filter((one) => !one.calculated && ['text', 'oneOf', 'manyOf', 'email'].includes(one.type))
            .map((one) => ({ value: one.key, label: t(`field.${one.key}`, { defaultValue: one.label }) }))}
          value={draft.field === '' ? null : draft.field}
          onChange={(next) => set({ field: next ?? '' })}
        />
        <OwnerChoice
          label={t('owners.fallback')}
          description={t('owners.fallbackHelp')}
          owners={report.items}
          value={draft.fallback ?? null}
          placeholder={t('owners.crmDecides', { crm })}
          onChange={(fallback) => {
            const { fallback: _before, ...rest } = draft;
            setDraft(fallback === null ? rest : { ...rest, fallback });
          }}
        />
      </div>
      {draft.field !== '' &&
        (shown === undefined ? (
          <Loading />
        ) : (
          <OwnerMap
            crm={crm}
            fieldLabel={t(`field.${draft.field}`, { defaultValue: field?.label ?? draft.field })}
            draft={draft}
            report={shown}
            onChange={(map) => set({ map })}
          />
        ))}
      <Button
        w="fit-content"
        variant="light"
        disabled={!isDirty}
        loading={save.isPending}
        onClick={() => save.mutate()}
      >
        {t('owners.save')}
      </Button>
      <Users connection={connection} report={report} />
    </Stack>
  );
}

/** The CRM's users: who is active, what they own, who in Tandem leads to them. */
function Users({ connection, report }: { readonly connection: Connection; readonly report: OwnerAnswer }) {
  const { t } = useTranslation();
  const { id, crmLabel: crm, owners: settings } = connection;
  const read = useMutation({
    mutationFn: () => api(routes.readOwners, { params: { id } }),
    onSuccess: () => {
      for (const key of ['connections', 'owners', 'contacts', 'links'])
        void queryClient.invalidateQueries({ queryKey: [key] });
    },
    onError: tellError,
  });
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={3} fz="sm">
          {t('owners.users', { crm })}
        </Title>
        <Group gap="xs">
          <Text size="xs" c="dimmed">
            {report.readAt === null
              ? t('owners.neverRead', { crm })
              : t('owners.readAt', { when: when(report.readAt, '') })}
          </Text>
          <Button size="compact-xs" variant="subtle" loading={read.isPending} onClick={() => read.mutate()}>
            {t('owners.readAgain')}
          </Button>
        </Group>
      </Group>
      {report.items.length === 0 && report.readAt !== null && <Text size="sm">{t('owners.none', { crm })}</Text>}
      {report.items.length > 0 && (
        <Table.ScrollContainer minWidth={560}>
          <Table verticalSpacing={6} fz="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('owners.owner')}</Table.Th>
                <Table.Th ta="right">{t('owners.records')}</Table.Th>
                <Table.Th ta="right">{t('owners.wouldGet')}</Table.Th>
                <Table.Th>{t('owners.leadsHere')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {report.items.map((one) => (
                <UserRow key={one.id} owner={one} report={report} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {report.items.length > 0 && !settings.assign && (
        <Text size="xs" c="dimmed">
          {t('owners.unused')}
        </Text>
      )}
    </Stack>
  );
}

function UserRow({ owner, report }: { readonly owner: Owner; readonly report: OwnerAnswer }) {
  const { t } = useTranslation();
  const leading = [
    ...owner.values,
    ...report.values.filter((one) => one.owner === owner.id && one.how === 'address').map((one) => one.value),
    ...(owner.isFallback ? [t('owners.everybodyElse')] : []),
  ];
  return (
    <Table.Tr data-owner={owner.id} {...(owner.active ? {} : { c: 'dimmed' })}>
      <Table.Td>
        <Group gap={6}>
          <Text size="sm" fw={600}>
            {owner.name}
          </Text>
          {!owner.active && (
            <Badge size="xs" color="orange" variant="light" tt="none">
              {t('owners.deactivated')}
            </Badge>
          )}
        </Group>
        {owner.email !== null && (
          <Text size="xs" c="dimmed">
            {owner.email}
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right">{number(owner.records)}</Table.Td>
      <Table.Td ta="right">{number(owner.contacts)}</Table.Td>
      <Table.Td>
        {leading.length > 0 ? (
          leading.join(', ')
        ) : (
          <Text size="xs" c="dimmed">
            {t('owners.noCounterpart')}
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
