import { Accordion, Chip, Group, Stack, Table, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import type { difference } from '../../../src/api/contract/parity-routes.ts';
import { DIFFERENCE_WHYS, DIFFERENCES_KEPT, type DifferenceWhy } from '../../../src/core/difference.ts';
import { api, routes } from '../../api/client.ts';
import { number } from '../../i18n.ts';
import { Failed, Loading } from '../../ui/feedback.tsx';
import { MoreButton } from '../../ui/more-button.tsx';
import { fieldText, valueText } from './changes.tsx';
import type { Comparison } from './parity-fact.tsx';
import { PersonLinks } from './person-links.tsx';
import type { Connection } from './queries.ts';

type Difference = z.output<typeof difference>;

/** Who is not the same on both sides: by reason, then by name. */
export function ParityPeople({
  connection,
  comparison,
}: {
  readonly connection: Connection;
  readonly comparison: Comparison;
}) {
  const { t } = useTranslation();
  const [why, setWhy] = useState<DifferenceWhy | 'all'>('all');
  const found = DIFFERENCE_WHYS.filter((one) => (comparison.people[one] ?? 0) > 0);
  const list = useInfiniteQuery({
    queryKey: ['differences', comparison.id, why],
    queryFn: ({ pageParam }) =>
      api(routes.differences, {
        params: { id: connection.id, comparison: comparison.id },
        query: { ...(why === 'all' ? {} : { why }), ...(pageParam === '' ? {} : { cursor: pageParam }) },
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const people = list.data?.pages.flatMap((page) => page.items) ?? [];
  const differing = comparison.compared - comparison.equal;
  return (
    <Stack>
      <Chip.Group value={why} onChange={(next) => setWhy(next as DifferenceWhy | 'all')}>
        <Group gap={6}>
          <Chip value="all" size="xs">
            {t('parity.everyReason')} {number(differing)}
          </Chip>
          {found.map((one) => (
            <Chip key={one} value={one} size="xs" color={one === 'missed' ? 'orange' : 'blue'}>
              {t(`parity.why.${one}`)} {number(comparison.people[one] ?? 0)}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      {differing > DIFFERENCES_KEPT && (
        <Text size="sm" c="dimmed">
          {t('parity.shownFirst', { count: DIFFERENCES_KEPT })}
        </Text>
      )}
      {list.error !== null && <Failed error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      <Accordion variant="separated" chevronPosition="left">
        {people.map((one) => (
          <Person key={one.id} person={one} crm={connection.crmLabel} />
        ))}
      </Accordion>
      <MoreButton of={list} />
    </Stack>
  );
}

function Person({ person, crm }: { readonly person: Difference; readonly crm: string }) {
  const { t } = useTranslation();
  return (
    <Accordion.Item value={String(person.id)} data-difference={person.why}>
      <Accordion.Control>
        <Text size="sm" fw={600}>
          {person.name || person.email || person.crmId}
        </Text>
        <Text size="xs" c="dimmed">
          {person.email}
        </Text>
        <Text size="sm" c={person.why === 'missed' ? 'orange' : 'dimmed'}>
          {t(`parity.why.${person.why}`)}
        </Text>
      </Accordion.Control>
      <Accordion.Panel>
        <Stack gap="xs">
          <PersonLinks of={person} />
          {person.values.length > 0 && <Values person={person} crm={crm} />}
        </Stack>
      </Accordion.Panel>
    </Accordion.Item>
  );
}

function Values({ person, crm }: { readonly person: Difference; readonly crm: string }) {
  const { t } = useTranslation();
  return (
    <div className="table-wrap">
      <Table fz="xs" className="from-to">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('parity.field')}</Table.Th>
            <Table.Th>{t('parity.here')}</Table.Th>
            <Table.Th>{t('parity.there', { crm })}</Table.Th>
            <Table.Th>{t('parity.reason')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {person.values.map((one) => (
            <Table.Tr key={one.field}>
              <Table.Td>{fieldText(one.field)}</Table.Td>
              <Table.Td>{valueText(one.field, one.hub)}</Table.Td>
              <Table.Td>{valueText(one.field, one.crm)}</Table.Td>
              <Table.Td>{t(`parity.why.${one.why}`)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
