import { Anchor, Badge, Button, Group, Paper, Radio, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { api, queryClient, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import { meQuery } from '../../routes.tsx';
import { tell, tellError } from '../../ui/feedback.tsx';
import { MoreButton } from '../../ui/more-button.tsx';
import { useFieldName } from '../crm/field-name.ts';
import { useFieldValue } from '../crm/field-value.ts';

type Proposal = z.output<typeof routes.mergeProposals.response>['items'][number];
type Side = Proposal['sides'][number];

interface Asked {
  /** A connection's name. */
  readonly connection?: string | undefined;
  /** Only pairs that this contact is one of. */
  readonly contact?: string;
}

/** Pairs of contacts that seem to be one person. */
export const useMergeProposals = (asked: Asked) =>
  useInfiniteQuery({
    queryKey: ['merge-proposals', asked],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      api(routes.mergeProposals, {
        query: { limit: 20, ...asked, ...(pageParam === '' ? {} : { cursor: pageParam }) },
      }),
    getNextPageParam: (page) => page.next,
  });

/** Each pair with what a merge would keep; one click merges, one says that they are two people. */
export function MergeProposals(asked: Asked) {
  const found = useMergeProposals(asked);
  const list = found.data?.pages.flatMap((page) => page.items) ?? [];
  if (list.length === 0) return null;
  return (
    <Stack>
      {list.map((one) => (
        <ProposalCard key={one.id} proposal={one} onPage={asked.contact} />
      ))}
      <MoreButton of={found} />
    </Stack>
  );
}

const callOf = (side: Side): string => (side.name === '' ? side.email : side.name);

function ProposalCard({ proposal, onPage }: { readonly proposal: Proposal; readonly onPage: string | undefined }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const [keep, setKeep] = useState(proposal.keep);
  const [a, b] = proposal.sides;
  const [stays, goes] = keep === a.id ? [a, b] : [b, a];
  const mayWrite = me?.scopes.includes('contacts:write') === true;
  // Two of one name are told apart by their addresses.
  const [one, other] = callOf(a) === callOf(b) ? [a.email, b.email] : [callOf(a), callOf(b)];
  return (
    <Paper withBorder p="md" data-merge={proposal.why}>
      <Stack gap="sm">
        <Stack gap={4}>
          <Text fw={600}>{t('merges.title', { one, other })}</Text>
          <Text size="sm">
            {t(`merges.why.${proposal.why}`, { connection: proposal.connection ?? t('merges.someCrm') })}{' '}
            {proposal.crmUrl !== null && (
              <Anchor size="sm" href={proposal.crmUrl} target="_blank" rel="noreferrer">
                {t('merges.openRecord', { crm: proposal.crmLabel })} <IconExternalLink size={12} aria-hidden />
              </Anchor>
            )}
          </Text>
        </Stack>
        <Radio.Group value={keep} onChange={setKeep} aria-label={t('merges.whoStays')}>
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
            {proposal.sides.map((side) => (
              <SideCard
                key={side.id}
                side={side}
                isKept={side.id === keep}
                isHere={side.id === onPage}
                mayWrite={mayWrite}
              />
            ))}
          </SimpleGrid>
        </Radio.Group>
        <Outcome stays={stays} goes={goes} />
        {mayWrite && <Decide proposal={proposal} stays={stays} goes={goes} onPage={onPage} />}
      </Stack>
    </Paper>
  );
}

function SideCard(props: {
  readonly side: Side;
  readonly isKept: boolean;
  readonly isHere: boolean;
  readonly mayWrite: boolean;
}) {
  const { t } = useTranslation();
  const { side } = props;
  const name = (
    <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
      {callOf(side)}
    </Text>
  );
  return (
    <Paper
      withBorder
      p="sm"
      {...(props.isKept ? { style: { borderColor: 'var(--mantine-primary-color-filled)' } } : {})}
    >
      <Group gap="sm" wrap="nowrap" align="flex-start">
        {props.mayWrite && <Radio value={side.id} aria-label={t('merges.keep', { email: side.email })} mt={2} />}
        <Stack gap={2} miw={0}>
          <Group gap="xs">
            {props.isHere ? (
              name
            ) : (
              <Anchor component={Link} {...({ to: '/contacts/$id', params: { id: side.id } } as object)}>
                {name}
              </Anchor>
            )}
            {props.isKept && (
              <Badge size="sm" variant="light">
                {t('merges.stays')}
              </Badge>
            )}
          </Group>
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {side.email}
          </Text>
          <Text size="xs" c="dimmed">
            {[
              side.connections.map((one) => one.connection).join(', ') || t('merges.inNoCrm'),
              t('merges.score', { score: side.score }),
              when(side.updatedAt, ''),
            ].join(' · ')}
          </Text>
        </Stack>
      </Group>
    </Paper>
  );
}

/** What becomes of each value of the one that goes. */
function Outcome({ stays, goes }: { readonly stays: Side; readonly goes: Side }) {
  const { t } = useTranslation();
  const label = useFieldName();
  const valueOf = useFieldValue();
  const rows = [
    { field: t('merges.address'), value: goes.email, becomes: t('merges.further') },
    ...Object.entries(stays.takes).map(([field, value]) => ({
      field: label(field),
      value: valueOf(field, value),
      becomes: t('merges.takes'),
    })),
    ...Object.entries(stays.drops).map(([field, { dropped, stays: kept }]) => ({
      field: label(field),
      value: valueOf(field, dropped),
      becomes: t('merges.drops', { value: valueOf(field, kept) }),
    })),
  ];
  return (
    <Stack gap={4}>
      <Table fz="sm" verticalSpacing={4} layout="fixed">
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.field}>
              <Table.Td c="dimmed" w="26%">
                {row.field}
              </Table.Td>
              <Table.Td w="42%" style={{ overflowWrap: 'anywhere' }}>
                {row.value}
              </Table.Td>
              <Table.Td c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                {row.becomes}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="xs" c="dimmed">
        {t('merges.afterwards')}
      </Text>
    </Stack>
  );
}

function Decide(props: {
  readonly proposal: Proposal;
  readonly stays: Side;
  readonly goes: Side;
  readonly onPage: string | undefined;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { proposal, stays, goes, onPage } = props;
  const merge = useMutation({
    mutationFn: () => api(routes.mergeContacts, { body: { into: stays.id, from: goes.id } }),
    onSuccess: async () => {
      tell(t('merges.merged'));
      if (onPage === goes.id) await navigate({ to: '/contacts/$id', params: { id: stays.id } });
      void queryClient.invalidateQueries();
    },
    onError: tellError,
  });
  const decline = useMutation({
    mutationFn: () => api(routes.declineMerge, { params: { id: proposal.id } }),
    onSuccess: () => {
      tell(t('merges.declined'));
      for (const key of ['merge-proposals', 'status']) void queryClient.invalidateQueries({ queryKey: [key] });
    },
    onError: tellError,
  });
  return (
    <Group gap="xs">
      <Button
        size="xs"
        h="auto"
        mih={30}
        py={5}
        styles={{ label: { whiteSpace: 'normal', overflowWrap: 'anywhere' } }}
        loading={merge.isPending}
        disabled={decline.isPending}
        onClick={() => merge.mutate()}
      >
        {t('merges.merge', { email: stays.email })}
      </Button>
      <Button
        size="xs"
        variant="default"
        loading={decline.isPending}
        disabled={merge.isPending}
        onClick={() => decline.mutate()}
      >
        {t('merges.decline')}
      </Button>
    </Group>
  );
}
