import './contacts.css';
import { Badge, Grid, Group, Stack, Table, Tabs, Text, Timeline, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import { contactRoute } from '../../routes.tsx';
import { Failed, Loading } from '../../ui/feedback.tsx';
import { Changes } from '../crm/changes.tsx';
import { useFieldLabel } from '../crm/field-label.ts';
import { useFieldName } from '../crm/field-name.ts';
import { useFieldValue } from '../crm/field-value.ts';
import { ConsentList } from '../forms/reach.tsx';
import { SaidPanel } from '../forms/said.tsx';
import { ContactActions } from './contact-actions.tsx';
import { ContactFields } from './contact-fields.tsx';
import { ContactLinks } from './contact-links.tsx';
import { OriginText } from './field-why.tsx';
import { HeldValues } from './held-values.tsx';
import { MergeProposals } from './merge-proposals.tsx';
import { ScoreExplained } from './score-explained.tsx';
import { Story } from './story.tsx';

/** The page at the permanent address that CRM records link to: fields, links, timeline, history. */
export function ContactPage() {
  const { id } = contactRoute.useParams();
  const { t } = useTranslation();
  const contact = useQuery({ queryKey: ['contact', id], queryFn: () => api(routes.contact, { params: { id } }) });
  if (contact.error !== null) return <Failed error={contact.error} retry={() => void contact.refetch()} />;
  if (contact.data === undefined) return <Loading />;
  const one = contact.data;
  const name = [one.fields['first_name'], one.fields['last_name']].filter(Boolean).join(' ');
  const first = String(one.fields['first_name'] ?? '') || one.email;
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
      <MergeProposals contact={one.id} />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 5 }}>
          <ContactFields key={one.id} contact={one} name={first} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack>
            <Story id={one.id} />
            <ContactLinks id={one.id} name={first} />
            <HeldValues id={one.id} />
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

function Happened({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const names = useFieldLabel();
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
                  entry.points === 0 ? null : t('contacts.points', { count: entry.points }),
                ]
                  .filter(Boolean)
                  .join(' · ')
              : entry.direction === 'toHub'
                ? t('history.toHub', { name: entry.connection })
                : t('history.toCrm', { name: entry.connection })
          }
        >
          <Text size="xs" c="dimmed">
            {[when(entry.at, ''), entry.kind === 'sync' ? t(`history.${entry.type}`, { defaultValue: '' }) : '']
              .filter(Boolean)
              .join(' · ')}
          </Text>
          {entry.inCrm.length > 0 && (
            <Group gap={4} mt={2}>
              {entry.inCrm.map((one) => (
                <Badge
                  key={one.connection}
                  size="sm"
                  variant="light"
                  tt="none"
                  title={`${one.crmLabel} · ${when(one.at, '')}`}
                >
                  {t('timeline.inCrm', { name: one.connection })}
                </Badge>
              ))}
            </Group>
          )}
          {entry.changes.length > 0 && (
            <Changes
              changes={entry.changes}
              labelOf={(field) => names.labelOf(entry.connection ?? '', entry.direction, field)}
              textOf={(field, value) => names.textOf(entry.connection ?? '', entry.direction, field, value)}
            />
          )}
        </Timeline.Item>
      ))}
    </Timeline>
  );
}

function FieldHistory({ id }: { readonly id: string }) {
  const nameOf = useFieldName();
  const valueOf = useFieldValue();
  const history = useQuery({ queryKey: ['history', id], queryFn: () => api(routes.history, { params: { id } }) });
  if (history.data === undefined) return <Loading />;
  return (
    <Table fz="sm" layout="fixed" style={{ overflowWrap: 'anywhere' }}>
      <Table.Tbody>
        {history.data.items.map((entry, index) => (
          <Table.Tr key={`${entry.field}-${index}`}>
            <Table.Td fw={600} w="25%" style={{ verticalAlign: 'top' }}>
              {nameOf(entry.field)}
            </Table.Td>
            <Table.Td w="35%" style={{ verticalAlign: 'top' }}>
              {valueOf(entry.field, entry.to)}
            </Table.Td>
            <Table.Td>
              <OriginText entry={entry} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
