import { Anchor, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import type { parityView } from '../../../src/api/contract/parity-routes.ts';
import { api, routes } from '../../api/client.ts';
import { ago, shareDown } from '../../i18n.ts';
import type { Connection } from './queries.ts';

export type Comparison = z.output<typeof parityView>;

export const isRunning = (one: Comparison | undefined): boolean =>
  one?.status === 'queued' || one?.status === 'running';

export const comparisonsQuery = (id: string) => ({
  queryKey: ['parity', id],
  queryFn: () => api(routes.comparisons, { params: { id } }),
  refetchInterval: ({
    state,
  }: {
    readonly state: { readonly data?: { readonly items: readonly Comparison[] } | undefined };
  }) => (isRunning(state.data?.items[0]) ? 700 : (false as const)),
});

/** The one number beside the light, and the way to what is behind it. */
export function ParityFact({ connection }: { readonly connection: Connection }) {
  const { t } = useTranslation();
  const { data } = useQuery(comparisonsQuery(connection.id));
  const last = data?.items.find((one) => one.parity !== null);
  return (
    <>
      {last === undefined ? (
        <Text span c="dimmed" inherit>
          {t('parity.never')}
        </Text>
      ) : (
        `${shareDown(last.parity ?? 0)}, ${ago(last.endedAt ?? last.createdAt)}`
      )}
      {' · '}
      <Anchor
        component={Link}
        inherit
        {...({
          to: '/crm',
          search: { tab: 'configuration', connection: connection.name, compare: 'yes' },
        } as object)}
      >
        {t(last === undefined ? 'parity.compare' : 'parity.open')}
      </Anchor>
    </>
  );
}
