import {
  ActionIcon,
  Autocomplete,
  Button,
  Checkbox,
  Group,
  Select,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from '@mantine/core';
import { IconArrowRight, IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Connection, Field } from './queries.ts';

type Line = Connection['mappings'][number];

interface DetailsProps {
  readonly line: Line;
  readonly own: Field | undefined;
  readonly target: Field | undefined;
  readonly onChange: (part: Partial<Line>) => void;
}

const labels = (field: Field | undefined): string[] => [
  ...new Set((field?.options ?? []).filter((option) => option.active).map((option) => option.label)),
];

/** Default, who wins, empty values, opt-out, and the table of values that are called otherwise on the other side. */
export function LineDetails({ line, own, target, onChange }: DetailsProps) {
  const { t } = useTranslation();
  const isList = own?.options !== undefined || target?.options !== undefined;
  return (
    <Stack gap="sm" className="mapping-details">
      <div className="pair">
        {line.direction !== 'toHub' && (
          <Autocomplete
            size="xs"
            label={t('mapping.default')}
            description={t('mapping.defaultHelp')}
            data={labels(target)}
            value={line.default === undefined || line.default === null ? '' : String(line.default)}
            onChange={(value) => onChange({ default: value === '' ? undefined : value })}
          />
        )}
        {line.direction === 'both' && (
          <Select
            size="xs"
            label={t('mapping.policy')}
            allowDeselect={false}
            value={line.conflict ?? ''}
            onChange={(value) => onChange({ conflict: value ? (value as Line['conflict']) : undefined })}
            data={[
              { value: '', label: t('mapping.policyDefault') },
              ...(['latest', 'hub', 'crm', 'ask'] as const).map((value) => ({ value, label: t(`crm.${value}`) })),
            ]}
          />
        )}
      </div>
      <Group gap="xl" align="flex-start">
        <Checkbox
          size="xs"
          label={t('mapping.ignoreEmpty')}
          description={t('mapping.ignoreEmptyHelp')}
          checked={line.ignoreEmpty === true}
          onChange={(event) => onChange({ ignoreEmpty: event.currentTarget.checked || undefined })}
        />
        {own?.type === 'boolean' && (
          <Checkbox
            size="xs"
            label={t('mapping.optOut')}
            description={t('mapping.optOutHelp')}
            checked={line.optOut === true}
            onChange={(event) => onChange({ optOut: event.currentTarget.checked || undefined })}
          />
        )}
      </Group>
      {own?.listId !== undefined && line.direction !== 'toCrm' && (
        <Select
          size="xs"
          maw={420}
          label={t('mapping.unknown')}
          description={t('mapping.unknownHelp')}
          allowDeselect={false}
          value={line.unknownValues ?? 'add'}
          onChange={(value) => onChange({ unknownValues: value === 'reject' ? 'reject' : undefined })}
          data={[
            { value: 'add', label: t('mapping.unknownAdd') },
            { value: 'reject', label: t('mapping.unknownReject') },
          ]}
        />
      )}
      <ValueTable line={line} own={own} target={target} onChange={onChange} />
      {(isList || line.leaveOut !== undefined) && (
        <TagsInput
          size="xs"
          maw={520}
          label={t('mapping.leaveOut')}
          description={t('mapping.leaveOutHelp')}
          data={[...new Set([...labels(own), ...labels(target)])]}
          value={[...(line.leaveOut ?? [])]}
          onChange={(value) => onChange({ leaveOut: value.length === 0 ? undefined : value })}
        />
      )}
    </Stack>
  );
}

/** Pairs in the order in which they were written; of several CRM values the first is written and all are read. */
const pairsOf = (line: Line): readonly (readonly [string, string])[] =>
  Object.entries(line.values ?? {}).flatMap(([hub, crm]) =>
    (typeof crm === 'string' ? [crm] : crm).map((one) => [hub, one] as const),
  );

function toValues(pairs: readonly (readonly [string, string])[]): Line['values'] {
  if (pairs.length === 0) return undefined;
  const values: Record<string, string | string[]> = {};
  for (const [hub, crm] of pairs) {
    const before = values[hub];
    values[hub] = before === undefined ? crm : [...(typeof before === 'string' ? [before] : before), crm];
  }
  return values;
}

function ValueTable({ line, own, target, onChange }: DetailsProps) {
  const { t } = useTranslation();
  const pairs = pairsOf(line);
  const set = (next: readonly (readonly [string, string])[]): void => onChange({ values: toValues(next) });
  const replace = (index: number, pair: readonly [string, string]): void =>
    set(pairs.map((one, at) => (at === index ? pair : one)));
  return (
    <Stack gap={4}>
      <Text size="xs" fw={600}>
        {t('mapping.values')}
      </Text>
      {pairs.map(([hub, crm], index) => (
        // A pair's place is its name: the table keeps the order in which it was written.
        // eslint-disable-next-line react/no-array-index-key
        <Group key={index} gap={6} wrap="nowrap" maw={560}>
          <Autocomplete
            size="xs"
            flex={1}
            data={labels(own)}
            value={hub}
            onChange={(value) => replace(index, [value, crm])}
            aria-label={t('mapping.valueHub')}
            placeholder={t('mapping.valueHub')}
          />
          <IconArrowRight size={14} aria-hidden />
          {target?.options === undefined ? (
            <TextInput
              size="xs"
              flex={1}
              value={crm}
              onChange={(event) => replace(index, [hub, event.currentTarget.value])}
              aria-label={t('mapping.valueCrm')}
              placeholder={t('mapping.valueCrm')}
            />
          ) : (
            <Autocomplete
              size="xs"
              flex={1}
              data={labels(target)}
              value={crm}
              onChange={(value) => replace(index, [hub, value])}
              aria-label={t('mapping.valueCrm')}
              placeholder={t('mapping.valueCrm')}
            />
          )}
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            onClick={() => set(pairs.filter((_, at) => at !== index))}
            aria-label={t('common.remove')}
          >
            <IconTrash size={14} />
          </ActionIcon>
        </Group>
      ))}
      <Button
        size="compact-xs"
        variant="subtle"
        w="fit-content"
        leftSection={<IconPlus size={12} />}
        disabled={pairs.some(([hub]) => hub === '')}
        onClick={() => set([...pairs, ['', '']])}
      >
        {t('mapping.addValue')}
      </Button>
    </Stack>
  );
}
