import { Table } from '@mantine/core';
import i18next from 'i18next';
import { useTranslation } from 'react-i18next';
import { purposeOf } from '../../../src/core/consent-codec.ts';
import { Rule } from '../../ui/rule.tsx';
import type { Item } from './queries.ts';

/** A value as people read it. */
export const shown = (value: unknown): string => {
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'boolean') return i18next.t(value ? 'story.yes' : 'story.no');
  return Array.isArray(value) ? value.join(', ') : String(value);
};

/** What people call a hub field in a history; of a consent its purpose (R8a). */
export function fieldText(key: string): string {
  const purpose = purposeOf(key);
  return purpose === null
    ? i18next.t(`field.${key}`, { defaultValue: key })
    : i18next.t('consentLine.field', { purpose });
}

/** A field's value as people read it. */
export const valueText = (field: string, value: unknown): string =>
  purposeOf(field) !== null && (value === 'given' || value === 'withdrawn')
    ? i18next.t(`consentLine.state.${value}`)
    : shown(value);

/** Each field before and after, and the rule that decided. */
export function Changes(props: {
  readonly changes: Item['changes'];
  readonly labelOf?: (field: string) => string;
  readonly textOf?: (field: string, value: unknown) => string;
}) {
  const { t } = useTranslation();
  const textOf = props.textOf ?? valueText;
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
              <Table.Td>{props.labelOf?.(change.field) ?? fieldText(change.field)}</Table.Td>
              <Table.Td>{textOf(change.field, change.from)}</Table.Td>
              <Table.Td fw={600}>{textOf(change.field, change.to)}</Table.Td>
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
