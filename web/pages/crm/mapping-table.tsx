import './mapping.css';
import { Button, Group, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ProblemError, routes } from '../../api/client.ts';
import { Failed, Loading, tell, tellError } from '../../ui/feedback.tsx';
import { MappingLine } from './mapping-line.tsx';
import { type Connection, type Crm, connectionsChanged, fieldsQuery, hubFieldsQuery } from './queries.ts';
import { RestingNote, schemaChangesQuery } from './schema-changes.tsx';
import { ExampleBar, LineSentence, useExample } from './speaking.tsx';

type Line = Connection['mappings'][number];
/** A line with a name of its own, so that it keeps its place and its open details while it is edited. */
interface Row {
  readonly id: number;
  readonly line: Line;
}
let lastRow = 0;
const rowsOf = (lines: readonly Line[]): readonly Row[] =>
  lines.map((line) => {
    lastRow += 1;
    return { id: lastRow, line };
  });

/** Each line: ON/OFF, the two fields, the direction, and a sentence that says what comes of it. Bad lines are named where they stand. */
export function MappingTable({ connection, crm }: { readonly connection: Connection; readonly crm: Crm }) {
  const { t } = useTranslation();
  const [rows, setRows] = useState<readonly Row[]>(() => rowsOf(connection.mappings));
  const [kind, setKind] = useState<Line['kind']>(crm.kinds[0] ?? 'lead');
  const hub = useQuery(hubFieldsQuery);
  const remote = useQuery(fieldsQuery(connection.id, kind));
  const changes = useQuery(schemaChangesQuery(connection.id));
  const example = useExample(connection, kind);
  const lines = rows.map((row) => row.line);
  const isDirty = JSON.stringify(lines) !== JSON.stringify(connection.mappings);
  const { save, problems } = useSave(connection);
  if (hub.error !== null) return <Failed error={hub.error} retry={() => void hub.refetch()} />;
  if (remote.error !== null) return <Failed error={remote.error} retry={() => void remote.refetch()} />;
  if (hub.data === undefined || remote.data === undefined) return <Loading />;
  const hubFields = hub.data.items;
  const crmFields = remote.data.items;
  const change = (id: number, part: Partial<Line>): void =>
    setRows(rows.map((row) => (row.id === id ? { ...row, line: clean({ ...row.line, ...part }) } : row)));
  const add = (): void => setRows([...rows, ...rowsOf([{ kind, hub: '', crm: '', direction: 'both', enabled: true }])]);
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={2}>{t('crm.mapping')}</Title>
        {crm.kinds.length > 1 && (
          <SegmentedControl
            value={kind}
            onChange={(value) => setKind(value as Line['kind'])}
            data={crm.kinds.map((one) => ({
              value: one,
              label: one === 'contact' ? t('crm.contactTab') : t('crm.leadTab'),
            }))}
            aria-label={t('crm.mapping')}
          />
        )}
      </Group>
      <ExampleBar {...example} />
      <div className="mapping">
        <div className="mapping-line mapping-head" aria-hidden>
          <span>{t('crm.active')}</span>
          <span>{t('crm.hubField')}</span>
          <span>{t('crm.direction')}</span>
          <span>{t('crm.crmField')}</span>
        </div>
        {rows.map(({ id, line }, index) =>
          line.kind === kind ? (
            <MappingLine
              key={id}
              line={line}
              hub={hubFields}
              remote={crmFields}
              problems={problems.get(index) ?? NO_PROBLEMS}
              onChange={(part) => change(id, part)}
              onRemove={() => setRows(rows.filter((row) => row.id !== id))}
            >
              <RestingNote changes={changes.data?.items ?? []} line={line} />
              <LineSentence
                line={line}
                hubField={hubFields.find((field) => field.key === line.hub)}
                crmField={crmFields.find((field) => field.key === line.crm)}
                connection={connection}
                person={example.person}
              />
            </MappingLine>
          ) : null,
        )}
      </div>
      <Text size="xs" c="dimmed">
        {t('mapping.source')}
      </Text>
      <Group className="save-bar" data-unsaved={isDirty || undefined}>
        <Button variant="default" leftSection={<IconPlus size={16} />} onClick={add}>
          {t('crm.addLine')}
        </Button>
        <Button onClick={() => save.mutate(lines)} loading={save.isPending} disabled={!isDirty}>
          {t('crm.update')}
        </Button>
        <Text size="sm" c="dimmed" role="status">
          {isDirty ? t('common.unsaved') : ''}
        </Text>
      </Group>
    </Stack>
  );
}

/** Settings that say nothing are left out, so that a line that was put back is the line that was. */
const clean = (line: Line): Line =>
  // Only absent keys are taken away.
  Object.fromEntries(Object.entries(line).filter(([, value]) => value !== undefined)) as Line;

/** What is wrong with one line: by what stands behind `mappings.N.` in the path. */
type LineProblems = ReadonlyMap<string, string>;
const NO_PROBLEMS: LineProblems = new Map();

function problemsByLine(error: unknown): ReadonlyMap<number, LineProblems> {
  const lines = new Map<number, Map<string, string>>();
  for (const one of error instanceof ProblemError ? (error.problem.errors ?? []) : []) {
    const found = /^(?:mappings|items)\.(\d+)\.?(.*)$/u.exec(one.path);
    if (found === null) continue;
    const index = Number(found[1]);
    lines.set(index, (lines.get(index) ?? new Map<string, string>()).set(found[2] ?? '', one.message));
  }
  return lines;
}

function useSave(connection: Connection) {
  const { t } = useTranslation();
  const [problems, setProblems] = useState<ReadonlyMap<number, LineProblems>>(new Map());
  const save = useMutation({
    mutationFn: (lines: readonly Line[]) =>
      api(routes.putMappings, {
        params: { id: connection.id },
        body: { items: [...lines] },
        ifMatch: connection.version,
      }),
    onSuccess: async () => {
      setProblems(new Map());
      await connectionsChanged();
      tell(t('crm.mappingSaved'));
    },
    onError: (error) => {
      setProblems(problemsByLine(error));
      tellError(error);
    },
  });
  return { save, problems };
}
