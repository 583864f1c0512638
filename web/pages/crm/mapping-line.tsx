import { ActionIcon, Badge, Button, Group, SegmentedControl, Select, Switch, Tooltip } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { LineDetails } from './line-details.tsx';
import type { Connection, Field } from './queries.ts';

type Line = Connection['mappings'][number];

export interface LineProps {
  readonly line: Line;
  readonly hub: readonly Field[];
  readonly remote: readonly Field[];
  /** What is wrong with it: by what stands behind `mappings.N.` in a problem's path. */
  readonly problems: ReadonlyMap<string, string>;
  readonly onChange: (part: Partial<Line>) => void;
  readonly onRemove: () => void;
  /** The sentence. */
  readonly children: ReactNode;
}

const hasDetails = (line: Line): boolean =>
  line.default !== undefined ||
  line.values !== undefined ||
  line.leaveOut !== undefined ||
  line.conflict !== undefined ||
  line.ignoreEmpty === true ||
  line.consent !== undefined ||
  line.unknownValues !== undefined;

/** One line of the mapping; what can be said of it beyond its direction opens below. */
export function MappingLine({ line, hub, remote, problems, onChange, onRemove, children }: LineProps) {
  const { t } = useTranslation();
  const [wanted, setOpen] = useState(false);
  const inDetails = [...problems.keys()].some((path) =>
    /^(?:default|values|conflict|optOut|leaveOut|consent)/u.test(path),
  );
  const open = wanted || inDetails;
  const problem = ['', 'hub', 'crm', 'direction', 'kind'].map((path) => problems.get(path)).find(Boolean);
  const target = remote.find((field) => field.key === line.crm);
  const own = hub.find((field) => field.key === line.hub);
  const hubName =
    line.consent === undefined
      ? t(`field.${line.hub}`, { defaultValue: own?.label ?? line.hub })
      : t('consentLine.field', { purpose: line.consent.purpose });
  const name =
    own === undefined ? t('mapping.newLine') : t('mapping.line', { hub: hubName, crm: target?.label ?? line.crm });
  return (
    <div
      className="mapping-line"
      role="group"
      aria-label={name}
      data-line={line.hub}
      data-off={line.enabled === false || undefined}
    >
      <Switch
        checked={line.enabled !== false}
        onChange={(event) => onChange({ enabled: event.currentTarget.checked })}
        aria-label={`${t('crm.active')}: ${name}`}
        onLabel={t('crm.on')}
        offLabel={t('crm.off')}
        size="md"
      />
      <Select
        searchable
        value={line.hub || null}
        onChange={(value) => onChange({ hub: value ?? '', ...(value === 'consent' ? {} : { consent: undefined }) })}
        data={hub.map((field) => ({
          value: field.key,
          label: t(`field.${field.key}`, { defaultValue: field.label }),
        }))}
        error={problem}
        aria-label={`${t('crm.hubField')}: ${name}`}
      />
      <Arrows line={line} own={own} target={target} name={name} onChange={onChange} />
      <Group gap={6} wrap="nowrap" className="mapping-crm">
        <Select
          searchable
          flex={1}
          value={line.crm || null}
          onChange={(value) => onChange({ crm: value ?? '' })}
          data={remote.map((field) => ({
            value: field.key,
            label: field.label === field.key ? field.key : `${field.label} (${field.key})`,
          }))}
          error={line.crm !== '' && target === undefined ? t('mapping.gone') : undefined}
          aria-label={`${t('crm.crmField')}: ${name}`}
        />
        {target !== undefined && (
          <Badge size="xs" variant="light" color="gray" tt="none">
            {t(`mapping.type.${target.type}`, { defaultValue: target.type })}
          </Badge>
        )}
        {target?.required === true && (
          <Badge size="xs" variant="light" color="orange" tt="none">
            {t('crm.required')}
          </Badge>
        )}
      </Group>
      <Group gap={2} wrap="nowrap" className="mapping-tools">
        <Button
          size="compact-xs"
          variant={hasDetails(line) && !open ? 'light' : 'subtle'}
          onClick={() => setOpen(!open)}
          aria-expanded={open}
          aria-label={`${t(open ? 'mapping.less' : 'mapping.more')}: ${name}`}
        >
          {t(open ? 'mapping.less' : 'mapping.more')}
        </Button>
        <ActionIcon variant="subtle" color="gray" onClick={onRemove} aria-label={`${t('common.remove')}: ${name}`}>
          <IconTrash size={16} />
        </ActionIcon>
      </Group>
      <div className="mapping-says">
        {children}
        {open && <LineDetails line={line} own={own} target={target} problems={problems} onChange={onChange} />}
      </div>
    </div>
  );
}

/** →, ← and ↔; a direction that cannot be carried out is closed, with the reason. */
function Arrows(props: {
  readonly line: Line;
  readonly own: Field | undefined;
  readonly target: Field | undefined;
  readonly name: string;
  readonly onChange: (part: Partial<Line>) => void;
}) {
  const { t } = useTranslation();
  const { line, own, target } = props;
  const closed = (direction: Line['direction']): string | null =>
    line.consent !== undefined && direction === 'toCrm'
      ? t('consentLine.onlyWrites')
      : own?.calculated === true && line.consent === undefined && direction !== 'toCrm'
        ? t('mapping.calculated')
        : target !== undefined && !target.writableOnUpdate && direction !== 'toHub'
          ? t('mapping.readOnly')
          : null;
  const arrows = [
    ['toCrm', '→', 'arrowToCrm'],
    ['toHub', '←', 'arrowToHub'],
    ['both', '↔', 'arrowBoth'],
  ] as const;
  return (
    <SegmentedControl
      size="sm"
      value={line.direction}
      onChange={(value) => props.onChange({ direction: value as Line['direction'] })}
      data={arrows.map(([value, arrow, key]) => ({
        value,
        disabled: closed(value) !== null,
        label: (
          <Tooltip label={closed(value) ?? t(`mapping.${key}`)}>
            <span>
              <span aria-hidden>{arrow}</span>
              <span className="only-heard">{t(`mapping.${key}`)}</span>
            </span>
          </Tooltip>
        ),
      }))}
      aria-label={`${t('crm.direction')}: ${props.name}`}
    />
  );
}
