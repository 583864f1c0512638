import {
  ActionIcon,
  Badge,
  Button,
  Group,
  SegmentedControl,
  Select,
  Stack,
  Switch,
  Table,
  Text,
  Title,
  Tooltip,
} from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ProblemError, queryClient, routes } from '../../api/client.ts';
import { Loading, tell, tellError } from '../../ui/feedback.tsx';
import { type Connection, type Crm, type Field, fieldsQuery, hubFieldsQuery } from './queries.ts';

type Line = Connection['mappings'][number];

/** Each line: ON/OFF, the two fields, the direction. Bad lines are named where they stand. */
export function MappingTable({ connection, crm }: { readonly connection: Connection; readonly crm: Crm }) {
  const { t } = useTranslation();
  const [lines, setLines] = useState<readonly Line[]>(connection.mappings);
  const [kind, setKind] = useState<string>(crm.kinds[0] ?? 'lead');
  const [problems, setProblems] = useState<ReadonlyMap<number, string>>(new Map());
  const hub = useQuery(hubFieldsQuery);
  const remote = useQuery(fieldsQuery(connection.id, kind));
  const isDirty = JSON.stringify(lines) !== JSON.stringify(connection.mappings);
  const save = useMutation({
    mutationFn: () =>
      api(routes.putMappings, {
        params: { id: connection.id },
        body: { items: [...lines] },
        ifMatch: connection.version,
      }),
    onSuccess: () => {
      setProblems(new Map());
      tell(t('crm.mappingSaved'));
      void queryClient.invalidateQueries({ queryKey: ['connections'] });
    },
    onError: (error) => {
      const errors = error instanceof ProblemError ? (error.problem.errors ?? []) : [];
      setProblems(
        new Map(
          errors.flatMap((one) => {
            const index = /^mappings\.(\d+)/.exec(one.path)?.[1];
            return index === undefined ? [] : [[Number(index), one.message]];
          }),
        ),
      );
      tellError(error);
    },
  });
  if (hub.data === undefined || remote.isPending) return <Loading />;
  const change = (index: number, part: Partial<Line>): void =>
    setLines(lines.map((line, at) => (at === index ? { ...line, ...part } : line)));
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={2}>{t('crm.mapping')}</Title>
        {crm.kinds.length > 1 && (
          <SegmentedControl
            value={kind}
            onChange={setKind}
            data={crm.kinds.map((one) => ({
              value: one,
              label: one === 'contact' ? t('crm.contactTab') : t('crm.leadTab'),
            }))}
          />
        )}
      </Group>
      <div className="table-wrap">
        <Table verticalSpacing="xs" miw={720}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('crm.active')}</Table.Th>
              <Table.Th>{t('crm.hubField')}</Table.Th>
              <Table.Th>{t('crm.direction')}</Table.Th>
              <Table.Th>{t('crm.crmField')}</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {lines.map(
              (line, index) =>
                line.kind === kind && (
                  <MappingLine
                    key={`${line.kind}-${index}`}
                    line={line}
                    hub={hub.data.items}
                    remote={remote.data?.items ?? []}
                    problem={problems.get(index)}
                    onChange={(part) => change(index, part)}
                    onRemove={() => setLines(lines.filter((_, at) => at !== index))}
                  />
                ),
            )}
          </Table.Tbody>
        </Table>
      </div>
      <Group>
        <Button
          variant="default"
          leftSection={<IconPlus size={16} />}
          onClick={() =>
            setLines([...lines, { kind: kind as Line['kind'], hub: '', crm: '', direction: 'both', enabled: true }])
          }
        >
          {t('crm.addLine')}
        </Button>
        <Button onClick={() => save.mutate()} loading={save.isPending} disabled={!isDirty}>
          {t('crm.update')}
        </Button>
        {isDirty && (
          <Text size="sm" c="dimmed">
            {t('common.unsaved')}
          </Text>
        )}
      </Group>
    </Stack>
  );
}

interface LineProps {
  readonly line: Line;
  readonly hub: readonly Field[];
  readonly remote: readonly Field[];
  readonly problem: string | undefined;
  readonly onChange: (part: Partial<Line>) => void;
  readonly onRemove: () => void;
}

function MappingLine({ line, hub, remote, problem, onChange, onRemove }: LineProps) {
  const { t } = useTranslation();
  const target = remote.find((field) => field.key === line.crm);
  const own = hub.find((field) => field.key === line.hub);
  const directions = (['toCrm', 'toHub', 'both'] as const).map((value) => ({
    value,
    label: (
      <Tooltip label={t(`crm.${value}`)}>
        <span>{{ toCrm: '→', toHub: '←', both: '↔' }[value]}</span>
      </Tooltip>
    ),
    disabled:
      (own?.calculated === true && value !== 'toCrm') ||
      (target !== undefined && !target.writableOnUpdate && value !== 'toHub'),
  }));
  return (
    <Table.Tr>
      <Table.Td>
        <Switch
          checked={line.enabled !== false}
          onChange={(event) => onChange({ enabled: event.currentTarget.checked })}
          aria-label={t('crm.active')}
        />
      </Table.Td>
      <Table.Td>
        <Select
          searchable
          w={220}
          value={line.hub || null}
          onChange={(value) => onChange({ hub: value ?? '' })}
          data={hub.map((field) => ({
            value: field.key,
            label: t(`field.${field.key}`, { defaultValue: field.label }),
          }))}
          error={problem}
          aria-label={t('crm.hubField')}
        />
      </Table.Td>
      <Table.Td>
        <SegmentedControl
          size="sm"
          value={line.direction}
          onChange={(value) => onChange({ direction: value as Line['direction'] })}
          data={directions}
          aria-label={t('crm.direction')}
        />
      </Table.Td>
      <Table.Td>
        <Group gap="xs" wrap="nowrap">
          <Select
            searchable
            w={260}
            value={line.crm || null}
            onChange={(value) => onChange({ crm: value ?? '' })}
            data={remote.map((field) => ({ value: field.key, label: `${field.label} (${field.key})` }))}
            error={line.crm !== '' && target === undefined}
            aria-label={t('crm.crmField')}
          />
          {target !== undefined && (
            <Badge size="xs" variant="light" color="gray">
              {target.type}
            </Badge>
          )}
          {target?.required === true && (
            <Badge size="xs" variant="light" color="orange">
              {t('crm.required')}
            </Badge>
          )}
        </Group>
      </Table.Td>
      <Table.Td>
        <ActionIcon variant="subtle" color="gray" onClick={onRemove} aria-label={t('common.remove')}>
          <IconTrash size={16} />
        </ActionIcon>
      </Table.Td>
    </Table.Tr>
  );
}
