import { Button, Checkbox, Group, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { number } from '../../i18n.ts';
import { AddText } from '../../ui/add-text.tsx';
import { OwnerChoice } from './owner-choice.tsx';
import {
  isOpen,
  type OwnerAnswer,
  type OwnerRow,
  type OwnerSettings,
  ownerOf,
  ownerRows,
  withOwner,
} from './owner-draft.ts';

/** More rows than that wait for a click. */
const SHOWN = 20;

/** Each value of the field and whose its people are; what leads to nobody in particular stands out. */
export function OwnerMap(props: {
  readonly crm: string;
  readonly fieldLabel: string;
  readonly draft: OwnerSettings;
  readonly report: OwnerAnswer;
  readonly onChange: (map: OwnerSettings['map']) => void;
}) {
  const { t } = useTranslation();
  const { draft, report, onChange } = props;
  const [onlyOpen, setOnlyOpen] = useState(false);
  const [isAll, setAll] = useState(false);
  const [own, setOwn] = useState<readonly string[]>([]);
  const owners = report.items;
  const known = ownerRows(draft.map, report.values, owners);
  const drafts = own
    .filter((value) => !known.some((row) => row.value === value))
    .map((value): OwnerRow => ({ value, contacts: null, said: null, byAddress: null }));
  const rows = [...drafts, ...known];
  const open = rows.filter((row) => isOpen(row, owners));
  const wanted = onlyOpen ? open : rows;
  const shown = isAll ? wanted : wanted.slice(0, SHOWN);
  const fallback = draft.fallback === undefined ? undefined : ownerOf(owners, draft.fallback);
  const otherwise =
    fallback?.active === true
      ? t('owners.toFallback', { name: fallback.name })
      : t('owners.crmDecides', { crm: props.crm });
  return (
    <Stack gap="xs">
      {open.length > 0 && (
        <Group gap="md">
          <Text size="sm" data-open={open.length}>
            {t('owners.openNow', { count: open.length })}
          </Text>
          {rows.length > SHOWN / 2 && (
            <Checkbox
              size="xs"
              label={t('owners.onlyOpen')}
              checked={onlyOpen}
              onChange={(event) => setOnlyOpen(event.currentTarget.checked)}
            />
          )}
        </Group>
      )}
      <Table.ScrollContainer minWidth={300}>
        <Table verticalSpacing={4} fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('owners.value', { field: props.fieldLabel })}</Table.Th>
              <Table.Th ta="right" w={90}>
                {t('owners.people')}
              </Table.Th>
              <Table.Th w="50%">{t('owners.goesTo')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((row) => (
              <Table.Tr key={row.value}>
                <Table.Td>{row.value}</Table.Td>
                <Table.Td ta="right">{row.contacts === null ? '–' : number(row.contacts)}</Table.Td>
                <Table.Td>
                  <OwnerChoice
                    ariaLabel={`${t('owners.goesTo')}: ${row.value}`}
                    owners={owners}
                    value={row.said}
                    placeholder={
                      row.byAddress === null ? otherwise : t('owners.byAddress', { name: row.byAddress.name })
                    }
                    onChange={(email) => onChange(withOwner(draft.map, row.value, email))}
                  />
                </Table.Td>
              </Table.Tr>
            ))}
            {report.withoutValue > 0 && (
              <Table.Tr>
                <Table.Td c="dimmed">{t('owners.noValue')}</Table.Td>
                <Table.Td ta="right">{number(report.withoutValue)}</Table.Td>
                <Table.Td c="dimmed" fz="xs">
                  {otherwise}
                </Table.Td>
              </Table.Tr>
            )}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {wanted.length > shown.length && (
        <Button size="compact-sm" variant="subtle" w="fit-content" onClick={() => setAll(true)}>
          {t('valueTable.all', { count: wanted.length })}
        </Button>
      )}
      <AddText label={t('owners.addValue')} onAdd={(value) => setOwn([value, ...own])} />
    </Stack>
  );
}
