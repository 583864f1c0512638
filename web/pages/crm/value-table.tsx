import {
  Button,
  Checkbox,
  Group,
  MultiSelect,
  Select,
  Stack,
  Table,
  TagsInput,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AddText } from '../../ui/add-text.tsx';
import { ChoiceByHand, CreateChoice } from './create-choice.tsx';
import type { Field } from './queries.ts';
import { type CrmRow, type HubRow, type Line, valueRows, withLeftOut, withValue } from './value-rows.ts';

interface Props {
  readonly line: Line;
  readonly own: Field;
  readonly target: Field;
  /** By what stands behind `mappings.N.` in a problem's path. */
  readonly problems: ReadonlyMap<string, string>;
  readonly onChange: (part: Partial<Line>) => void;
}

/** More rows than that wait for a click. */
const SHOWN = 30;

const isOpenRow = (row: HubRow): boolean => row.crm.length === 0 && row.otherwise.how === 'nothing' && !row.isLeftOut;

/** What each value of one side is on the other: said here, found by name, or left to chance no more. */
export function ValueTable(props: Props) {
  const { t } = useTranslation();
  const { line, own, target, problems, onChange } = props;
  const [search, setSearch] = useState('');
  const [onlyOpen, setOnlyOpen] = useState(false);
  const [isAll, setAll] = useState(false);
  const [drafts, setDrafts] = useState<readonly string[]>([]);
  const rows = valueRows(line, own, target);
  const wanted = search.trim().toLocaleLowerCase();
  const fits = (label: string): boolean => label.toLocaleLowerCase().includes(wanted);
  const extra = drafts
    .filter((draft) => !rows.hub.some((row) => row.key === draft))
    .map(
      (draft): HubRow => ({
        key: draft,
        label: draft,
        entries: [],
        crm: [],
        otherwise: { how: 'nothing' },
        isLeftOut: false,
        isRemoved: false,
      }),
    );
  const hub = [...rows.hub, ...extra].filter((row) => fits(row.label) && (!onlyOpen || isOpenRow(row)));
  const crm = rows.crm.filter((row) => fits(row.label));
  const total = rows.hub.length + rows.crm.length;
  const cut = isAll ? Number.POSITIVE_INFINITY : SHOWN;
  const shownHub = hub.slice(0, cut);
  const shownCrm = crm.slice(0, Math.max(0, cut - shownHub.length));
  const names = new Map(ownChoices(own, t).map((one) => [one.value, one.label]));
  return (
    <Stack gap="xs">
      <Title order={3} fz="sm">
        {t('valueTable.values')}
      </Title>
      <Text size="xs" c="dimmed">
        {t('valueTable.valuesHelp')}
      </Text>
      {total > SHOWN / 2 && (
        <Group>
          <TextInput
            size="xs"
            placeholder={t('valueTable.find')}
            aria-label={t('valueTable.find')}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
          <Checkbox
            size="xs"
            label={t('valueTable.onlyOpen')}
            checked={onlyOpen}
            onChange={(event) => setOnlyOpen(event.currentTarget.checked)}
          />
        </Group>
      )}
      <Table.ScrollContainer minWidth={440} maw={760}>
        <Table verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w="35%">{t('valueTable.hubValue')}</Table.Th>
              <Table.Th>{t('valueTable.crmValue')}</Table.Th>
              <Table.Th w={110} ta="center">
                {t('valueTable.leftOut')}
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shownHub.map((row) => (
              <HubValueRow
                key={row.key}
                row={row}
                kind={line.kind}
                name={names.get(row.key) ?? row.label}
                target={target}
                problem={row.entries.map((entry) => problems.get(`values.${entry}`)).find((one) => one !== undefined)}
                onValues={(next) => onChange(withValue(line, own, row.key, next))}
                onLeaveOut={(on) => onChange(withLeftOut(line, { id: row.key, label: row.label }, on))}
              />
            ))}
            {shownCrm.length > 0 && (
              <Table.Tr>
                <Table.Td colSpan={3} c="dimmed" fz="xs" fw={600}>
                  {t('valueTable.onlyCrm')}
                </Table.Td>
              </Table.Tr>
            )}
            {shownCrm.map((row) => (
              <CrmValueRow
                key={row.id}
                row={row}
                own={own}
                onHub={(key) => {
                  const said = rows.hub.find((one) => one.key === key);
                  onChange(withValue(line, own, key, [...alsoWritten(said, target), row.id]));
                }}
                onLeaveOut={(on) => onChange(withLeftOut(line, row, on))}
              />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {hub.length + crm.length > cut && (
        <Group>
          <Button size="compact-sm" variant="subtle" onClick={() => setAll(true)}>
            {t('valueTable.all', { count: hub.length + crm.length })}
          </Button>
        </Group>
      )}
      {rows.hub.some(isOpenRow) && <ChoiceByHand field={target} />}
      {own.options === undefined && own.type !== 'boolean' && (
        <AddText label={t('valueTable.addRow')} onAdd={(text) => setDrafts([...drafts, text])} />
      )}
    </Stack>
  );
}

/** A value that found its option by itself keeps it as what is written, when the table says one more. */
function alsoWritten(row: HubRow | undefined, target: Field): readonly string[] {
  if (row === undefined) return [];
  if (row.crm.length > 0) return row.crm;
  const { otherwise } = row;
  if (!('label' in otherwise)) return [];
  const option = target.options?.find((one) => one.label === otherwise.label);
  return option === undefined ? [] : [option.id];
}

function ownChoices(own: Field, t: (key: string) => string): readonly { value: string; label: string }[] {
  if (own.type === 'boolean')
    return [
      { value: 'Yes', label: t('common.yes') },
      { value: 'No', label: t('common.no') },
    ];
  return (own.options ?? []).filter((one) => one.active).map((one) => ({ value: one.id, label: one.label }));
}

function HubValueRow(props: {
  readonly row: HubRow;
  readonly kind: Line['kind'];
  readonly name: string;
  readonly target: Field;
  readonly problem: string | undefined;
  readonly onValues: (next: readonly string[]) => void;
  readonly onLeaveOut: (on: boolean) => void;
}) {
  const { t } = useTranslation();
  const { row, name, target } = props;
  const { otherwise } = row;
  const hint = row.isLeftOut
    ? t('valueTable.isLeftOut')
    : 'label' in otherwise
      ? t(`valueTable.${otherwise.how}`, { label: otherwise.label })
      : t(`valueTable.${otherwise.how}`);
  const shared = {
    size: 'xs' as const,
    'aria-label': t('valueTable.crmValueOf', { value: name }),
    onChange: (next: string[]) => props.onValues(next),
    placeholder: row.crm.length === 0 ? hint : '',
    error: props.problem,
    disabled: row.isLeftOut,
  };
  const options = (target.options ?? []).filter((one) => one.active || row.crm.includes(one.id));
  const choices = [
    ...options.map((one) => ({ value: one.id, label: one.label })),
    // What the table says and the CRM's list does not have stays visible.
    ...row.crm.filter((one) => !options.some((option) => option.id === one)).map((one) => ({ value: one, label: one })),
  ];
  return (
    <Table.Tr data-open={isOpenRow(row) || undefined}>
      <Table.Td>
        <Text size="sm">{name}</Text>
        {row.isRemoved && (
          <Text size="xs" c="dimmed">
            {t('valueTable.removedValue')}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        {target.options === undefined || target.restricted === false ? (
          <TagsInput
            {...shared}
            value={row.crm.map((one) => options.find((option) => option.id === one)?.label ?? one)}
            data={options.map((one) => one.label)}
            splitChars={[';', '\n']}
          />
        ) : (
          <MultiSelect {...shared} value={[...row.crm]} searchable hidePickedOptions data={choices} />
        )}
        {isOpenRow(row) && <CreateChoice kind={props.kind} field={target} label={row.label} />}
      </Table.Td>
      <Table.Td>
        <Group justify="center">
          <Checkbox
            size="xs"
            checked={row.isLeftOut}
            onChange={(event) => props.onLeaveOut(event.currentTarget.checked)}
            aria-label={t('valueTable.leftOutOf', { value: name })}
          />
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

function CrmValueRow(props: {
  readonly row: CrmRow;
  readonly own: Field;
  readonly onHub: (key: string) => void;
  readonly onLeaveOut: (on: boolean) => void;
}) {
  const { t } = useTranslation();
  const { row, own } = props;
  const choices = ownChoices(own, t);
  const hint = t(row.isLeftOut ? 'valueTable.isLeftOut' : `valueTable.${row.becomes}`);
  return (
    <Table.Tr>
      <Table.Td>
        {choices.length === 0 ? (
          <Text size="xs" c="dimmed">
            {hint}
          </Text>
        ) : (
          <Select
            size="xs"
            searchable
            value={null}
            onChange={(key) => {
              if (key !== null) props.onHub(key);
            }}
            data={choices}
            placeholder={hint}
            disabled={row.isLeftOut}
            aria-label={t('valueTable.becomes', { value: row.label })}
          />
        )}
      </Table.Td>
      <Table.Td>
        <Text size="sm">{row.label}</Text>
      </Table.Td>
      <Table.Td>
        <Group justify="center">
          <Checkbox
            size="xs"
            checked={row.isLeftOut}
            onChange={(event) => props.onLeaveOut(event.currentTarget.checked)}
            aria-label={t('valueTable.leftOutOf', { value: row.label })}
          />
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
