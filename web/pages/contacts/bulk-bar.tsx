import { Button, Group, Menu, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { tell, tellError } from '../../ui/feedback.tsx';
import { useFieldName } from '../crm/field-name.ts';
import { hubFieldsQuery } from '../crm/queries.ts';
import { useExport } from './export-contacts.ts';
import { FieldBox } from './field-box.tsx';
import type { Filter } from './filter-bar.tsx';

type Action = 'archive' | 'unarchive' | 'delete' | 'set';
interface Change {
  readonly action: Action;
  readonly field?: string;
  readonly value?: string | null;
}
/** Some by id, or everybody who meets filter and search. */
export type Chosen = readonly string[] | 'all';

interface BulkProps {
  readonly chosen: Chosen;
  readonly filter: Filter;
  readonly search: string;
  /** How many meet filter and search. */
  readonly total: number;
  /** How many are shown, and can be chosen by id. */
  readonly shown: number;
  readonly onChooseAll: () => void;
  /** A change of everybody was begun, under this id. */
  readonly onBegun: (id: string) => void;
  readonly onDone: () => void;
}

/** What can be done with all chosen contacts at once; what reaches many, or cannot be taken back, asks first. */
export function BulkBar(props: BulkProps) {
  const { t } = useTranslation();
  const { chosen, filter, search, total, onDone } = props;
  const [asking, setAsking] = useState<Action | null>(null);
  const change = useChange(props, () => {
    setAsking(null);
    onDone();
  });
  const keep = useExport();
  const isAll = chosen === 'all';
  const count = isAll ? total : chosen.length;
  const pick = (action: Action): void => {
    if (isAll || action === 'delete' || action === 'set') setAsking(action);
    else change.mutate({ action });
  };
  return (
    <Group gap="xs">
      <Text size="sm" fw={600} role="status">
        {t(isAll ? 'segments.chosenAll' : 'segments.chosen', { count })}
      </Text>
      {!isAll && chosen.length >= props.shown && total > chosen.length && (
        <Button size="xs" variant="subtle" onClick={props.onChooseAll}>
          {t('segments.chooseMatching', { count: total })}
        </Button>
      )}
      <Menu position="bottom-start">
        <Menu.Target>
          <Button size="xs" variant="light" loading={change.isPending || keep.isPending}>
            {t('segments.withThem')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => pick('set')}>{t('segments.setField')}</Menu.Item>
          <Menu.Item onClick={() => pick('archive')}>{t('person.archive')}</Menu.Item>
          <Menu.Item onClick={() => pick('unarchive')}>{t('person.unarchive')}</Menu.Item>
          <Menu.Item onClick={() => keep.mutate({ filter, search, ...(isAll ? {} : { ids: chosen }) })}>
            {t('segments.export')}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item color="red" onClick={() => pick('delete')}>
            {t('person.remove')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Button size="xs" variant="subtle" onClick={onDone}>
        {t('segments.chooseNone')}
      </Button>
      {(asking === 'archive' || asking === 'unarchive' || asking === 'delete') && (
        <Ask
          action={asking}
          count={count}
          mustType={isAll}
          isPending={change.isPending}
          onClose={() => setAsking(null)}
          onYes={() => change.mutate({ action: asking })}
        />
      )}
      {asking === 'set' && (
        <SetField
          count={count}
          isPending={change.isPending}
          onClose={() => setAsking(null)}
          onSet={(field, value) => change.mutate({ action: 'set', field, value })}
        />
      )}
    </Group>
  );
}

/** At once for some; for everybody in the background, where `BulkProgress` watches it. */
function useChange({ chosen, filter, search, total, onBegun }: BulkProps, onDone: () => void) {
  const { t } = useTranslation();
  return useMutation({
    mutationFn: async (change: Change): Promise<void> => {
      if (chosen === 'all') {
        const meant = { filter: [...filter], ...(search === '' ? {} : { search }) };
        const { id } = await api(routes.beginBulkChange, { body: { ...meant, ...change, expected: total } });
        onBegun(id);
        await queryClient.invalidateQueries({ queryKey: ['bulk-changes'] });
        return;
      }
      const done = await api(routes.changeMany, { body: { ids: [...chosen], ...change } });
      tell(t('segments.changed', { count: done.changed }));
      if (done.refused > 0)
        tellError(new Error(`${t('segments.refused', { count: done.refused })} ${done.reason ?? ''}`));
      void queryClient.invalidateQueries({ queryKey: ['contacts'] });
    },
    onSuccess: onDone,
    onError: tellError,
  });
}

function Ask(props: {
  readonly action: 'archive' | 'unarchive' | 'delete';
  readonly count: number;
  readonly mustType: boolean;
  readonly isPending: boolean;
  readonly onClose: () => void;
  readonly onYes: () => void;
}) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const isDelete = props.action === 'delete';
  const mustType = isDelete && props.mustType;
  const verb = { archive: 'person.archive', unarchive: 'person.unarchive', delete: 'person.remove' }[props.action];
  return (
    <Modal opened onClose={props.onClose} title={t(`segments.${props.action}Title`, { count: props.count })}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          props.onYes();
        }}
      >
        <Stack>
          {isDelete && <Text size="sm">{t('segments.deleteHint')}</Text>}
          {mustType && (
            <TextInput
              data-autofocus
              label={t('segments.typeCount', { count: props.count })}
              inputMode="numeric"
              autoComplete="off"
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
            />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={props.onClose}>
              {t('common.cancel')}
            </Button>
            <Button
              type="submit"
              {...(isDelete ? { color: 'red' } : {})}
              loading={props.isPending}
              disabled={mustType && typed.replace(/\D/gu, '') !== String(props.count)}
            >
              {t(verb)}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function SetField(props: {
  readonly count: number;
  readonly isPending: boolean;
  readonly onClose: () => void;
  readonly onSet: (field: string, value: string | null) => void;
}) {
  const { t } = useTranslation();
  const nameOf = useFieldName();
  const fields = useQuery(hubFieldsQuery);
  const [key, setKey] = useState<string | null>(null);
  const [value, setValue] = useState('');
  const items = (fields.data?.items ?? []).filter(
    (one) => !one.calculated && one.key !== 'email' && one.key !== 'origin',
  );
  const field = items.find((one) => one.key === key);
  return (
    <Modal opened onClose={props.onClose} title={t('segments.setTitle', { count: props.count })}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (key !== null) props.onSet(key, value === '' ? null : value);
        }}
      >
        <Stack>
          <Select
            data-autofocus
            label={t('segments.field')}
            searchable
            allowDeselect={false}
            data={items.map((one) => ({ value: one.key, label: nameOf(one.key) }))}
            value={key}
            onChange={(next) => {
              setKey(next);
              setValue('');
            }}
          />
          {field !== undefined && (
            <FieldBox
              key={field.key}
              field={field}
              label={t('segments.value')}
              value={value}
              error={undefined}
              readOnly={false}
              onChange={setValue}
            />
          )}
          <Text size="xs" c="dimmed">
            {t('segments.setHint')}
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={props.onClose}>
              {t('common.cancel')}
            </Button>
            <Button
              type="submit"
              disabled={key === null}
              loading={props.isPending}
              {...(key !== null && value === '' ? { color: 'red' } : {})}
            >
              {t(key !== null && value === '' ? 'segments.clearField' : 'common.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
