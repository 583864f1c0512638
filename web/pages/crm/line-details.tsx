import { Anchor, Button, Checkbox, Group, Select, Stack, Switch, TagsInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, routes } from '../../api/client.ts';
import { meQuery } from '../../routes.tsx';
import { tellError } from '../../ui/feedback.tsx';
import { listsChanged, listsQuery } from '../settings/lists.tsx';
import { ConsentPart } from './consent-part.tsx';
import type { Field } from './queries.ts';
import { StandIn } from './stand-in.tsx';
import { hasValues, type Line } from './value-rows.ts';
import { ValueTable } from './value-table.tsx';

export interface DetailsProps {
  readonly line: Line;
  readonly own: Field | undefined;
  readonly target: Field | undefined;
  /** By what stands behind `mappings.N.` in a problem's path. */
  readonly problems: ReadonlyMap<string, string>;
  readonly onChange: (part: Partial<Line>) => void;
}

const labels = (field: Field | undefined): string[] => [
  ...new Set((field?.options ?? []).filter((option) => option.active).map((option) => option.label)),
];

/** Default, who wins, empty values, opt-out, and the table of values that are called otherwise on the other side. */
export function LineDetails(props: DetailsProps) {
  const { t } = useTranslation();
  const { line, own, target, problems, onChange } = props;
  const [isTranslating, setTranslating] = useState(false);
  const isList = own?.options !== undefined || target?.options !== undefined;
  const isFree = own?.options === undefined || target?.options === undefined;
  if (line.consent !== undefined)
    return (
      <Stack gap="sm" className="mapping-details">
        <ConsentPart {...props} />
      </Stack>
    );
  return (
    <Stack gap="sm" className="mapping-details">
      {line.hub === 'consent' && <ConsentPart {...props} />}
      <div className="pair pair-top">
        {line.direction !== 'toHub' && <StandIn {...props} />}
        {line.direction === 'both' && (
          <Select
            size="xs"
            label={t('mapping.policy')}
            allowDeselect={false}
            value={line.conflict ?? ''}
            onChange={(value) => onChange({ conflict: value ? (value as Line['conflict']) : undefined })}
            error={problems.get('conflict')}
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
            error={problems.get('optOut')}
            checked={line.optOut === true}
            onChange={(event) => onChange({ optOut: event.currentTarget.checked || undefined })}
          />
        )}
      </Group>
      {own?.listId !== undefined && line.direction !== 'toCrm' && (
        <NewValues line={line} own={own} listId={own.listId} onChange={onChange} />
      )}
      {own !== undefined &&
        target !== undefined &&
        (hasValues(line, own, target) || isTranslating ? (
          <ValueTable line={line} own={own} target={target} problems={problems} onChange={onChange} />
        ) : (
          isPlain(own) &&
          isPlain(target) && (
            <Button size="compact-xs" variant="subtle" w="fit-content" onClick={() => setTranslating(true)}>
              {t('valueTable.translate')}
            </Button>
          )
        ))}
      {isFree && (isList || line.leaveOut !== undefined) && (
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

const isPlain = (field: Field): boolean => field.type === 'text' || field.type === 'boolean';

/** What a value that the list does not have becomes, for this line; and whether forms show it, for the whole list, at once. */
function NewValues(props: {
  readonly line: Line;
  readonly own: Field;
  readonly listId: string;
  readonly onChange: (part: Partial<Line>) => void;
}) {
  const { t } = useTranslation();
  const { line, own, listId } = props;
  const { data: me } = useQuery(meQuery);
  const lists = useQuery(listsQuery);
  const list = lists.data?.items.find((one) => one.id === listId);
  const save = useMutation({
    mutationFn: (showNewValues: boolean) => api(routes.updateList, { params: { id: listId }, body: { showNewValues } }),
    onSuccess: listsChanged,
    onError: tellError,
  });
  return (
    <div className="pair pair-top">
      <Select
        size="xs"
        label={t('mapping.unknown')}
        allowDeselect={false}
        value={line.unknownValues ?? 'add'}
        onChange={(value) => props.onChange({ unknownValues: value === 'reject' ? 'reject' : undefined })}
        data={[
          { value: 'add', label: t('valueTable.unknownAdd', { list: list?.label ?? own.label }) },
          { value: 'reject', label: t('valueTable.unknownReject') },
        ]}
      />
      {list !== undefined && (
        <Stack gap={2}>
          <Switch
            size="xs"
            label={t('valueTable.showNew')}
            description={t('valueTable.showNewHelp', { list: list.label })}
            disabled={me?.scopes.includes('hub:write') !== true}
            checked={save.isPending ? save.variables : list.showNewValues}
            onChange={(event) => save.mutate(event.currentTarget.checked)}
          />
          <Anchor
            component={Link}
            size="xs"
            {...({ to: '/settings', search: { tab: 'lists', list: listId } } as object)}
          >
            {t('valueTable.openList')}
          </Anchor>
        </Stack>
      )}
    </div>
  );
}
