import { Stack, Table, Text } from '@mantine/core';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { number } from '../../i18n.ts';
import type { Item, Run } from './queries.ts';

/** The numbers of an undo, as its lists are called: what goes back, what goes, what is left alone. */
export function undoOutcomes(
  t: TFunction,
  run: Run,
): readonly { readonly outcome: string; readonly count: number; readonly label: string }[] {
  const { undo, counts } = run;
  const removed = run.direction === 'toHub' ? 'Hub' : 'Crm';
  return [
    {
      outcome: 'updated',
      count: counts.updated,
      label: t(run.dryRun ? 'undo.wouldBack' : 'undo.back', { count: counts.updated }),
    },
    {
      outcome: 'created',
      count: counts.created,
      label: t(run.dryRun ? `undo.wouldRemove${removed}` : `undo.removed${removed}`, { count: counts.created }),
    },
    {
      outcome: 'filtered',
      count: undo?.leftPeople ?? 0,
      label: t('undo.left', { count: undo?.leftPeople ?? 0 }),
    },
  ];
}

/** Why things are left alone, with how many each. */
export function LeftWhys({ run }: { readonly run: Run }) {
  const { t } = useTranslation();
  const whys = Object.entries(run.undo?.left ?? {});
  if (whys.length === 0) return null;
  return (
    <Text size="xs" c="dimmed">
      {`${t('undo.left')}: ${whys.map(([why, count]) => `${number(count)} ${t(`undo.leftWhy.${why}`)}`).join(' · ')}`}
    </Text>
  );
}

/** Each value now and then; of what is left alone, why. */
export function UndoChanges(props: {
  readonly item: Item;
  readonly isPlan: boolean;
  readonly labelOf: (field: string) => string;
  readonly textOf: (field: string, value: unknown) => string;
}) {
  const { t } = useTranslation();
  const { item } = props;
  const isLeft = item.outcome === 'filtered';
  if (item.changes.length === 0) return null;
  return (
    <Stack gap={4} className="table-wrap">
      <Table fz="xs" className="from-to">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('history.field')}</Table.Th>
            <Table.Th>{t(props.isPlan || isLeft ? 'undo.now' : 'history.beforeValue')}</Table.Th>
            <Table.Th>{t(props.isPlan || isLeft ? 'undo.afterwards' : 'history.afterValue')}</Table.Th>
            {isLeft && <Table.Th>{t('undo.why')}</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {item.changes.map((change) => (
            <Table.Tr key={change.field}>
              <Table.Td>{props.labelOf(change.field)}</Table.Td>
              <Table.Td>{props.textOf(change.field, change.from)}</Table.Td>
              <Table.Td fw={isLeft ? 400 : 600} {...(isLeft ? { c: 'dimmed' } : {})}>
                {props.textOf(change.field, change.to)}
              </Table.Td>
              {isLeft && <Table.Td>{t(`undo.leftWhy.${change.rule}`, { defaultValue: change.rule })}</Table.Td>}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}
