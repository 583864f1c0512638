import { Table } from '@mantine/core';
import i18next from 'i18next';
import { useTranslation } from 'react-i18next';
import { Rule } from '../../ui/rule.tsx';
import type { Item } from './queries.ts';

/** A value as people read it. */
export const shown = (value: unknown): string => {
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'boolean') return i18next.t(value ? 'story.yes' : 'story.no');
  return Array.isArray(value) ? value.join(', ') : String(value);
};

/** Each field before and after, and the rule that decided. */
export function Changes(props: { readonly changes: Item['changes']; readonly labelOf?: (field: string) => string }) {
  const { t } = useTranslation();
  return (
    <div className="table-wrap">
      <Table fz="xs" className="from-to">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('history.field')}</Table.Th>
            <Table.Th>{t('history.beforeValue')}</Table.Th>
            <Table.Th>{t('history.afterValue')}</Table.Th>
            <Table.Th>{t('history.rule')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {props.changes.map((change) => (
            <Table.Tr key={change.field}>
              <Table.Td>
                {props.labelOf?.(change.field) ?? t(`field.${change.field}`, { defaultValue: change.field })}
              </Table.Td>
              <Table.Td>{shown(change.from)}</Table.Td>
              <Table.Td fw={600}>{shown(change.to)}</Table.Td>
              <Table.Td>
                <Rule id={change.rule} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
