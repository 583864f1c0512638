import { Autocomplete, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { api, queryClient, routes } from '../../api/client.ts';
import { tell, tellError } from '../../ui/feedback.tsx';
import { shortened, WholeValue } from '../../ui/whole-value.tsx';
import { fieldsQuery, hubFieldsQuery } from '../crm/queries.ts';
import { type Cause, causesQuery, useDecide, useMayCreate, useSure } from './value-causes.tsx';

export type Rejection = z.output<typeof routes.rejections.response>['items'][number];

/** Reasons that are one value's fault which a list does not have. */
export const LISTS: ReadonlySet<string> = new Set(['not_in_list', 'unmapped_value']);
const VALUES = new Set(['missing_required', 'too_long', 'not_in_list', 'wrong_type']);

/** What can be mended here: lists both ways, values and defaults towards the CRM. */
export const isFixable = ({ reason, direction, line }: Rejection): boolean =>
  (LISTS.has(reason) && line !== '') || (direction === 'toCrm' && VALUES.has(reason));

/** The cause is mended: a default, an entry of the value table, a value that is left out, or this person's value. */
export function FixDialog(props: { readonly rejection: Rejection; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const { rejection } = props;
  const fix = useMutation({
    mutationFn: (body: NonNullable<Parameters<typeof api<typeof routes.fixRejection>>[1]>['body']) =>
      api(routes.fixRejection, { params: { id: rejection.id }, body: body ?? {} }),
    onSuccess: ({ retried }) => {
      tell(t('fix.retried', { count: retried }));
      for (const key of ['rejections', 'story', 'connections']) void queryClient.invalidateQueries({ queryKey: [key] });
      props.onClose();
    },
    onError: tellError,
  });
  const { value } = rejection;
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={t('fix.fixTitle', { field: rejection.fieldLabel ?? '' })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack>
        <Text size="sm">{rejection.message}</Text>
        <WholeValue value={value} said={rejection.message} />
        {rejection.reason === 'missing_required' && (
          <Way
            label={t('fix.setDefault')}
            help={t('fix.defaultHelp')}
            busy={fix.isPending}
            onApply={(standIn) => fix.mutate({ default: standIn })}
          />
        )}
        {LISTS.has(rejection.reason) && value !== null && (
          <MapValue
            rejection={rejection}
            value={value}
            busy={fix.isPending}
            onMap={(to) => fix.mutate({ map: { from: value, to } })}
          >
            <Create rejection={rejection} value={value} onDone={props.onClose} />
            <Button variant="default" size="xs" w="fit-content" onClick={() => fix.mutate({ leaveOut: value })}>
              {t('fix.leaveOut', { value: shortened(value) })}
            </Button>
          </MapValue>
        )}
        {rejection.direction === 'toCrm' && (
          <Way
            label={t('fix.setValue')}
            help={t('fix.valueHelp')}
            busy={fix.isPending}
            onApply={(next) => fix.mutate({ value: next })}
          />
        )}
      </Stack>
    </Modal>
  );
}

/** The value becomes one of the list that does not know it; where that is done by hand only, how. */
function Create(props: { readonly rejection: Rejection; readonly value: string; readonly onDone: () => void }) {
  const { rejection, value } = props;
  const causes = useQuery(causesQuery(undefined));
  const cause = causes.data?.items.find(
    (one) =>
      one.connection === rejection.connection &&
      one.direction === rejection.direction &&
      one.line === rejection.line &&
      one.values.some((known) => known.value === value),
  );
  return cause === undefined ? null : <CreateFor cause={cause} value={value} onDone={props.onDone} />;
}

function CreateFor({
  cause,
  value,
  onDone,
}: {
  readonly cause: Cause;
  readonly value: string;
  readonly onDone: () => void;
}) {
  const { t } = useTranslation();
  const decide = useDecide(onDone);
  const sure = useSure();
  const { may, why } = useMayCreate(cause);
  if (!may)
    return why === null ? null : (
      <Text size="xs" c="dimmed">
        {why}
      </Text>
    );
  return (
    <Button
      variant="light"
      size="xs"
      w="fit-content"
      loading={decide.isPending}
      onClick={() => sure(cause, [value]) && decide.mutate({ cause, decisions: [{ value, create: true }] })}
    >
      {t(cause.direction === 'toCrm' ? 'choices.single' : 'choices.singleHere', {
        value: shortened(value),
        crm: cause.crmLabel,
      })}
    </Button>
  );
}

function Way(props: {
  readonly label: string;
  readonly help: string;
  readonly busy: boolean;
  readonly onApply: (value: string) => void;
}) {
  const { t } = useTranslation();
  const [value, setValue] = useState('');
  return (
    <Group align="flex-end">
      <TextInput
        flex={1}
        label={props.label}
        description={props.help}
        value={value}
        onChange={(event) => setValue(event.currentTarget.value)}
      />
      <Button disabled={value === ''} loading={props.busy} onClick={() => props.onApply(value)}>
        {t('fix.apply')}
      </Button>
    </Group>
  );
}

/** The value gets another name on the side that does not know it; its list is offered. */
function MapValue(props: {
  readonly rejection: Rejection;
  readonly value: string;
  readonly busy: boolean;
  readonly onMap: (to: string) => void;
  readonly children: ReactNode;
}) {
  const { t } = useTranslation();
  const { rejection } = props;
  const [kind = 'lead', hub = '', crm = ''] = rejection.line.split(':');
  const remote = useQuery({ ...fieldsQuery(rejection.connection, kind), enabled: rejection.direction === 'toCrm' });
  const own = useQuery({ ...hubFieldsQuery, enabled: rejection.direction === 'toHub' });
  const [to, setTo] = useState('');
  const field =
    rejection.direction === 'toCrm'
      ? remote.data?.items.find((one) => one.key === crm)
      : own.data?.items.find((one) => one.key === hub);
  const labels = (field?.options ?? []).filter((option) => option.active).map((option) => option.label);
  return (
    <Stack gap="xs">
      <Group align="flex-end">
        <Autocomplete
          flex={1}
          label={t('fix.mapValue', { value: shortened(props.value) })}
          description={t('fix.mapHelp')}
          data={[...new Set(labels)]}
          value={to}
          onChange={setTo}
        />
        <Button disabled={to === ''} loading={props.busy} onClick={() => props.onMap(to)}>
          {t('fix.apply')}
        </Button>
      </Group>
      {props.children}
    </Stack>
  );
}
