import { Alert, Paper, Select, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, routes } from '../../api/client.ts';
import { number } from '../../i18n.ts';
import { NewField } from '../settings/field-dialogs.tsx';
import type { OpenedImport, Settings } from './queries.ts';
import type { ChangeSettings } from './use-settings.ts';

const LEAVE_OUT = '';
const ROW_DATE = 'updated_at';
const NEW_FIELD = '+';

/** Which column fills which field, over the first rows as they will be read. */
export function ImportColumns({ one, onChange }: { readonly one: OpenedImport; readonly onChange: ChangeSettings }) {
  const { t } = useTranslation();
  const [making, setMaking] = useState<number | null>(null);
  const { settings, preview } = one;
  const put = (index: number, change: Partial<Settings['columns'][number]>) =>
    onChange({
      columns: settings.columns.map((column, place) => {
        if (place === index) return { ...column, ...change };
        // A field is filled by one column: the one it was chosen for last.
        const isTaken = change.target !== undefined && change.target !== null && column.target === change.target;
        return isTaken ? { ...column, target: null } : column;
      }),
    });
  const leftOut = settings.columns.filter((column) => column.target === null).map((column) => column.heading);
  const hasEmail = settings.columns.some((column) => column.target === 'email');
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={2} size="h4">
          {t('imports.columns')}
        </Title>
        {leftOut.length > 0 && (
          <Text size="sm" c="dimmed">
            {t('imports.leftOut', { count: leftOut.length, headings: leftOut.join(', ') })}
          </Text>
        )}
        {!hasEmail && <Alert color="orange">{t('imports.noEmail')}</Alert>}
        <div className="table-wrap">
          <Table verticalSpacing={6} miw={Math.max(560, settings.columns.length * 170)}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th w={60}>{t('imports.line')}</Table.Th>
                {settings.columns.map((column, index) => (
                  <Table.Th key={`${index} ${column.heading}`} miw={170} style={{ verticalAlign: 'top' }}>
                    <Stack gap={4}>
                      <Text size="sm" fw={600} truncate maw={220} title={column.heading}>
                        {column.heading}
                      </Text>
                      <TargetSelect
                        heading={column.heading}
                        target={column.target}
                        onChange={(target) => put(index, { target })}
                        onNew={() => setMaking(index)}
                      />
                      {settings.empty === 'default' && column.target !== null && column.target !== 'email' && (
                        <TextInput
                          key={column.default}
                          size="xs"
                          placeholder={t('imports.defaultFor')}
                          aria-label={`${t('imports.defaultFor')}: ${column.heading}`}
                          defaultValue={column.default}
                          onBlur={(event) =>
                            event.currentTarget.value !== column.default &&
                            put(index, { default: event.currentTarget.value })
                          }
                        />
                      )}
                    </Stack>
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {preview.map((row) => (
                <PreviewRow key={row.line} row={row} columns={settings.columns} />
              ))}
            </Table.Tbody>
          </Table>
        </div>
      </Stack>
      {making !== null && (
        <NewField
          label={settings.columns[making]?.heading ?? ''}
          onClose={() => setMaking(null)}
          onMade={(key) => put(making, { target: key })}
        />
      )}
    </Paper>
  );
}

function PreviewRow(props: { readonly row: OpenedImport['preview'][number]; readonly columns: Settings['columns'] }) {
  const { row, columns } = props;
  const problemOf = (heading: string) => row.problems.find((one) => one.column === heading)?.message;
  return (
    <Table.Tr>
      <Table.Td c="dimmed">{number(row.line)}</Table.Td>
      {columns.map((column, index) => {
        const problem = column.target === null ? undefined : problemOf(column.heading);
        return (
          <Table.Td key={`${index} ${column.heading}`} style={{ verticalAlign: 'top' }}>
            {problem === undefined ? (
              <Text
                size="sm"
                truncate
                maw={220}
                {...(column.target === null ? { c: 'dimmed', td: 'line-through' } : {})}
                title={row.values[index] ?? undefined}
              >
                {row.values[index] ?? ''}
              </Text>
            ) : (
              <Text size="sm" c="red" maw={220}>
                {problem}
              </Text>
            )}
          </Table.Td>
        );
      })}
    </Table.Tr>
  );
}

function TargetSelect(props: {
  readonly heading: string;
  readonly target: string | null;
  readonly onChange: (target: string | null) => void;
  readonly onNew: () => void;
}) {
  const { t } = useTranslation();
  const fields = useQuery({ queryKey: ['hub-fields'], queryFn: () => api(routes.hubFields) });
  const data = [
    { value: LEAVE_OUT, label: t('imports.leaveOut') },
    { value: NEW_FIELD, label: t('imports.newField') },
    { value: ROW_DATE, label: t('imports.rowDate') },
    ...(fields.data?.items ?? [])
      .filter((field) => !field.calculated)
      .map((field) => ({ value: field.key, label: t(`field.${field.key}`, { defaultValue: field.label }) })),
  ];
  return (
    <Select
      size="xs"
      searchable
      allowDeselect={false}
      aria-label={t('imports.columnFor', { heading: props.heading })}
      data={data}
      value={props.target ?? LEAVE_OUT}
      onChange={(value) => {
        if (value === NEW_FIELD) props.onNew();
        else props.onChange(value === LEAVE_OUT ? null : value);
      }}
    />
  );
}
