import {
  Anchor,
  Badge,
  Button,
  Grid,
  Group,
  Paper,
  Stack,
  Table,
  Tabs,
  Text,
  TextInput,
  Timeline,
  Title,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconCheck, IconExternalLink, IconX } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import { contactRoute, meQuery } from '../../routes.tsx';
import { Failed, Loading, tell, tellError } from '../../ui/feedback.tsx';
import { Mark } from '../../ui/mark.tsx';
import { Changes, shown } from '../crm/changes.tsx';
import { ConsentList, Reach } from '../forms/reach.tsx';
import { SaidPanel } from '../forms/said.tsx';
import { ContactActions } from './contact-actions.tsx';
import { ScoreExplained } from './score-explained.tsx';

/** The page at the permanent address that CRM records link to: fields, links, timeline, history. */
export function ContactPage() {
  const { id } = contactRoute.useParams();
  const { t } = useTranslation();
  const contact = useQuery({ queryKey: ['contact', id], queryFn: () => api(routes.contact, { params: { id } }) });
  if (contact.error !== null) return <Failed error={contact.error} retry={() => void contact.refetch()} />;
  if (contact.data === undefined) return <Loading />;
  const one = contact.data;
  const name = [one.fields['first_name'], one.fields['last_name']].filter(Boolean).join(' ');
  return (
    <Stack>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Group>
          <Title order={1}>{name || one.email}</Title>
          <ScoreExplained id={one.id} score={one.score} />
          {one.archivedAt !== null && (
            <Badge size="lg" color="gray" variant="light">
              {t('person.isArchived')}
            </Badge>
          )}
        </Group>
        <ContactActions person={one} />
      </Group>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Fields key={one.version} contact={one} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack>
            <Links id={id} />
            <SaidPanel contactId={one.id} />
            <Tabs defaultValue="timeline">
              <Tabs.List>
                <Tabs.Tab value="timeline">{t('contacts.timeline')}</Tabs.Tab>
                <Tabs.Tab value="history">{t('contacts.history')}</Tabs.Tab>
                <Tabs.Tab value="consent">{t('forms.consentOf')}</Tabs.Tab>
              </Tabs.List>
              <Tabs.Panel value="timeline" pt="md">
                <Happened id={id} />
              </Tabs.Panel>
              <Tabs.Panel value="history" pt="md">
                <FieldHistory id={id} />
              </Tabs.Panel>
              <Tabs.Panel value="consent" pt="md">
                <ConsentList contactId={one.id} optedOut={one.fields['opt_out'] === true} />
              </Tabs.Panel>
            </Tabs>
          </Stack>
        </Grid.Col>
      </Grid>
    </Stack>
  );
}

interface Shown {
  readonly id: string;
  readonly version: number;
  readonly fields: Readonly<Record<string, string | number | boolean | null | string[]>>;
}

function Fields({ contact }: { readonly contact: Shown }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const schema = useQuery({ queryKey: ['hub-fields'], queryFn: () => api(routes.hubFields) });
  const may = me?.scopes.includes('contacts:write') === true;
  const initial = Object.fromEntries(
    (schema.data?.items ?? []).map((field) => [
      field.key,
      contact.fields[field.key] === null || contact.fields[field.key] === undefined
        ? ''
        : shown(contact.fields[field.key]),
    ]),
  );
  const form = useForm<{ changed: Record<string, string> }>({ initialValues: { changed: {} } });
  const save = useMutation({
    mutationFn: () =>
      api(routes.updateContact, {
        params: { id: contact.id },
        ifMatch: contact.version,
        body: {
          fields: Object.fromEntries(
            Object.entries(form.values.changed).map(([key, value]) => [key, value === '' ? null : value]),
          ),
        },
      }),
    onSuccess: () => {
      tell(t('contacts.saved'));
      for (const key of ['contact', 'timeline', 'history', 'contacts'])
        void queryClient.invalidateQueries({ queryKey: [key] });
    },
    onError: tellError,
  });
  const { changed } = form.values;
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={2}>{t('contacts.fields')}</Title>
        {(schema.data?.items ?? [])
          .filter((field) => !field.calculated || contact.fields[field.key] !== undefined)
          .map((field) => (
            <TextInput
              key={field.key}
              label={t(`field.${field.key}`, { defaultValue: field.label })}
              size="sm"
              readOnly={field.calculated || !may}
              variant={field.calculated ? 'filled' : 'default'}
              value={changed[field.key] ?? initial[field.key] ?? ''}
              onChange={(event) =>
                form.setFieldValue('changed', { ...changed, [field.key]: event.currentTarget.value })
              }
            />
          ))}
        {may && (
          <Button onClick={() => save.mutate()} loading={save.isPending} disabled={Object.keys(changed).length === 0}>
            {t('common.save')}
          </Button>
        )}
      </Stack>
    </Paper>
  );
}

function Links({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const links = useQuery({ queryKey: ['links', id], queryFn: () => api(routes.links, { params: { id } }) });
  const list = links.data?.items ?? [];
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Title order={2}>{t('contacts.links')}</Title>
        {links.data !== undefined && list.length === 0 && (
          <Text c="dimmed" size="sm">
            {t('contacts.noLinks')}
          </Text>
        )}
        {list.map((link) => (
          <Group key={link.id} justify="space-between">
            <Group gap="xs">
              <Mark id={link.crm} label={link.crmLabel} />
              <Text size="sm" fw={600}>
                {link.connection}
              </Text>
              <Badge size="sm" variant="light" color={link.state === 'active' ? 'green' : 'gray'}>
                {t(`contacts.state.${link.state}`, { defaultValue: link.state })}
              </Badge>
              {link.role !== 'primary' && (
                <Badge size="sm" variant="light" color="orange">
                  {t(`contacts.role.${link.role}`, { defaultValue: link.role })}
                </Badge>
              )}
            </Group>
            {link.url !== null && (
              <Anchor size="sm" href={link.url} target="_blank" rel="noreferrer">
                {t('contacts.open', { crm: link.crmLabel })} <IconExternalLink size={12} />
              </Anchor>
            )}
          </Group>
        ))}
        <Reach contactId={id} />
        {[...new Set(list.map((link) => link.connection))].map((name) => (
          <Why key={name} id={id} connection={name} />
        ))}
      </Stack>
    </Paper>
  );
}

function Why(props: { readonly id: string; readonly connection: string }) {
  const { t } = useTranslation();
  const why = useQuery({
    queryKey: ['why', props.id, props.connection],
    queryFn: () => api(routes.why, { params: { id: props.id }, query: { connection: props.connection } }),
  });
  return (
    <Stack gap={2}>
      <Text size="xs" c="dimmed">
        {t('contacts.why', { name: props.connection })}
      </Text>
      {why.data?.gates.map((gate) => (
        <Group key={gate.message} gap={6} wrap="nowrap">
          {gate.passed ? (
            <IconCheck size={14} color="var(--mantine-color-green-6)" />
          ) : (
            <IconX size={14} color="var(--mantine-color-orange-6)" />
          )}
          <Text size="xs">{gate.message}</Text>
        </Group>
      ))}
    </Stack>
  );
}

function Happened({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const timeline = useQuery({ queryKey: ['timeline', id], queryFn: () => api(routes.timeline, { params: { id } }) });
  if (timeline.data === undefined) return <Loading />;
  if (timeline.data.items.length === 0) return <Text c="dimmed">{t('contacts.nothing')}</Text>;
  return (
    <Timeline bulletSize={14} lineWidth={2} active={timeline.data.items.length}>
      {timeline.data.items.map((entry, index) => (
        <Timeline.Item
          key={`${entry.at}-${index}`}
          title={
            entry.kind === 'event'
              ? [
                  t(`forms.event.${entry.type}`, { defaultValue: entry.type }),
                  entry.detail,
                  entry.points === 0 ? null : t('contacts.points', { points: entry.points }),
                ]
                  .filter(Boolean)
                  .join(' · ')
              : entry.direction === 'toHub'
                ? t('history.toHub', { name: entry.connection })
                : t('history.toCrm', { name: entry.connection })
          }
        >
          <Text size="xs" c="dimmed">
            {when(entry.at, '')}
          </Text>
          {entry.changes.length > 0 && <Changes changes={entry.changes} />}
        </Timeline.Item>
      ))}
    </Timeline>
  );
}

function FieldHistory({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const history = useQuery({ queryKey: ['history', id], queryFn: () => api(routes.history, { params: { id } }) });
  if (history.data === undefined) return <Loading />;
  return (
    <Table fz="sm" className="from-to">
      <Table.Tbody>
        {history.data.items.map((entry, index) => (
          <Table.Tr key={`${entry.field}-${index}`}>
            <Table.Td fw={600}>{t(`field.${entry.field}`, { defaultValue: entry.field })}</Table.Td>
            <Table.Td>
              {shown(entry.to)} {entry.from !== null && <span className="old">{shown(entry.from)}</span>}
            </Table.Td>
            <Table.Td>
              <Text
                size="xs"
                c="dimmed"
              >{`${t(`contacts.by.${entry.origin.by}`, { defaultValue: entry.origin.by })}${entry.origin.rule === null ? '' : ` · ${entry.origin.rule}`} · ${when(entry.at, '')}`}</Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
