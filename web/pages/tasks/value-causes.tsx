import { Button, Group, Modal, Paper, Select, Stack, Table, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { api, queryClient, routes } from '../../api/client.ts';
import { number } from '../../i18n.ts';
import { meQuery } from '../../routes.tsx';
import { tell, tellError } from '../../ui/feedback.tsx';
import { shortened } from '../../ui/whole-value.tsx';

export type Cause = z.output<typeof routes.valueCauses.response>['items'][number];
type Decision = NonNullable<Parameters<typeof api<typeof routes.decideValues>>[1]>['body'] extends infer B
  ? B extends { decisions: readonly (infer D)[] }
    ? D
    : never
  : never;

export const causesQuery = (connection: string | undefined) => ({
  queryKey: ['value-causes', connection ?? ''],
  queryFn: () => api(routes.valueCauses, { query: connection === undefined ? {} : { connection } }),
});

/** Choices of the select that are no entry of the list. */
const CREATE = '\u0000create';
const LEAVE_OUT = '\u0000leaveOut';

/** Values that a list does not have, one card a line: decided once for everybody whom they hold up. */
export function ValueCauses({ connection }: { readonly connection: string | undefined }) {
  const causes = useQuery(causesQuery(connection));
  return causes.data?.items.map((cause) => (
    <CauseCard key={`${cause.connection} ${cause.direction} ${cause.line} ${cause.reason}`} cause={cause} />
  ));
}

function CauseCard({ cause }: { readonly cause: Cause }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const names = cause.values.slice(0, 8).map((one) => t('choices.quoted', { value: shortened(one.value) }));
  return (
    <Paper withBorder p="md" data-cause={cause.line}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Stack gap={4}>
          <Text fw={600}>{titleOf(t, cause)}</Text>
          <Text size="sm" className="from-to">
            {`${names.join(', ')}${cause.values.length > names.length ? ' …' : ''} `}
            {t('choices.people', { count: cause.people })}
          </Text>
        </Stack>
        <Button size="xs" style={{ flex: 'none' }} onClick={() => setOpen(true)}>
          {t('choices.decide')}
        </Button>
      </Group>
      {open && <CauseDialog cause={cause} onClose={() => setOpen(false)} />}
    </Paper>
  );
}

function titleOf(t: TFunction, cause: Cause): string {
  const { crmLabel: crm, hubField, crmFieldLabel } = cause;
  return cause.direction === 'toCrm'
    ? t('choices.toCrm', { field: crmFieldLabel, crm })
    : t('choices.toHub', { field: t(`field.${hubField}`, { defaultValue: hubField }), crm });
}

/** Says what values are, then everybody with them is tried again. */
export function useDecide(onDone: () => void) {
  const { t } = useTranslation();
  return useMutation({
    mutationFn: ({ cause, decisions }: { readonly cause: Cause; readonly decisions: readonly Decision[] }) =>
      api(routes.decideValues, {
        body: {
          connection: cause.connection,
          direction: cause.direction,
          line: cause.line,
          decisions: [...decisions],
        },
      }),
    onSuccess: ({ retried, created, failed }) => {
      for (const { value, message } of failed)
        tellError(new Error(t('choices.failed', { value: shortened(value), message })));
      if (created > 0) tell(t('choices.created', { count: created }));
      if (retried > 0) tell(t('fix.retried', { count: retried }));
      for (const key of ['rejections', 'value-causes', 'story', 'connections', 'crm-fields', 'hub-fields', 'lists'])
        void queryClient.invalidateQueries({ queryKey: [key] });
      if (failed.length === 0) onDone();
    },
    onError: tellError,
  });
}

/** Asks before anything is made in a CRM, where everybody will see it. */
export function useSure() {
  const { t } = useTranslation();
  return (cause: Pick<Cause, 'direction' | 'crmFieldLabel' | 'crmLabel'>, values: readonly string[]): boolean =>
    cause.direction === 'toHub' ||
    values.length === 0 ||
    window.confirm(
      t('choices.sure', {
        field: cause.crmFieldLabel,
        crm: cause.crmLabel,
        values: values.map((one) => t('choices.quoted', { value: shortened(one) })).join(', '),
      }),
    );
}

/** Whether the reader may create, and what is said where not. */
export function useMayCreate(cause: Cause): { readonly may: boolean; readonly why: string | null } {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  if (cause.byHand !== null) return { may: false, why: t('choices.byHand', { how: cause.byHand }) };
  if (!cause.canCreate) return { may: false, why: null };
  const scope = cause.direction === 'toCrm' ? 'connections:write' : 'hub:write';
  return me?.scopes.includes(scope) === true ? { may: true, why: null } : { may: false, why: t('choices.adminOnly') };
}

function CauseDialog({ cause, onClose }: { readonly cause: Cause; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [said, setSaid] = useState<Readonly<Record<string, string>>>({});
  const decide = useDecide(onClose);
  const sure = useSure();
  const { may, why } = useMayCreate(cause);
  const decisions = cause.values.flatMap(({ value }): Decision[] => {
    const choice = said[value];
    if (choice === undefined) return [];
    if (choice === CREATE) return [{ value, create: true }];
    return [choice === LEAVE_OUT ? { value, leaveOut: true } : { value, map: choice }];
  });
  const people = cause.values
    .filter(({ value }) => said[value] !== undefined)
    .reduce((sum, one) => sum + one.people, 0);
  const create = decisions.filter((one) => one.create === true).map((one) => one.value);
  return (
    <Modal
      opened
      size="lg"
      onClose={onClose}
      title={t('choices.dialog')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack>
        <Text size="sm">{titleOf(t, cause)}</Text>
        <Table.ScrollContainer minWidth={340}>
          <Table verticalSpacing={4} fz="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('choices.value')}</Table.Th>
                <Table.Th ta="right" w={80}>
                  {t('choices.who')}
                </Table.Th>
                <Table.Th w="55%">{t('choices.becomes')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {cause.values.map(({ value, people: count, wasRemoved }) => (
                <Table.Tr key={value}>
                  <Table.Td className="whole-value">{value}</Table.Td>
                  <Table.Td ta="right">{number(count)}</Table.Td>
                  <Table.Td>
                    <Select
                      size="xs"
                      searchable
                      clearable
                      aria-label={`${t('choices.becomes')}: ${value}`}
                      placeholder={t('choices.undecided')}
                      value={said[value] ?? null}
                      onChange={(next) => {
                        const { [value]: _before, ...rest } = said;
                        setSaid(next === null ? rest : { ...rest, [value]: next });
                      }}
                      data={[
                        ...(may
                          ? [
                              {
                                value: CREATE,
                                label:
                                  cause.direction === 'toCrm'
                                    ? t('choices.createIn', { value: shortened(value), crm: cause.crmLabel })
                                    : t(wasRemoved ? 'choices.putBack' : 'choices.createHere', {
                                        value: shortened(value),
                                      }),
                              },
                            ]
                          : []),
                        { value: LEAVE_OUT, label: t('choices.leaveOut') },
                        { group: t('choices.exists'), items: [...new Set(cause.choices)] },
                      ]}
                    />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
        {why !== null && (
          <Text size="sm" c="dimmed" data-by-hand>
            {why}
          </Text>
        )}
        <Button
          w="fit-content"
          disabled={decisions.length === 0}
          loading={decide.isPending}
          onClick={() => sure(cause, create) && decide.mutate({ cause, decisions })}
        >
          {t('choices.apply', { count: people })}
        </Button>
      </Stack>
    </Modal>
  );
}
