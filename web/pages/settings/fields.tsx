import { ActionIcon, Anchor, Badge, Button, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ProblemError, routes } from '../../api/client.ts';
import { Failed, Loading, tell, tellError } from '../../ui/feedback.tsx';
import { type Field, hubFieldsQuery } from '../crm/queries.ts';
import { EditField, NewField } from './field-dialogs.tsx';
import { listsChanged, listsQuery } from './lists.tsx';

type Open = { readonly what: 'new' } | { readonly what: 'edit' | 'delete'; readonly field: Field };

/** Every field of a contact: one's own can be made, changed and deleted; a text may become a choice of a list. */
export function Fields() {
  const { t } = useTranslation();
  const fields = useQuery(hubFieldsQuery);
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  if (fields.error !== null) return <Failed error={fields.error} retry={() => void fields.refetch()} />;
  if (fields.data === undefined) return <Loading />;
  const { items } = fields.data;
  const own = items.filter((field) => field.custom === true);
  return (
    <Stack maw={900}>
      <Group justify="space-between" align="flex-start">
        <Text c="dimmed" maw={560}>
          {t('lists.fieldsHelp')}
        </Text>
        <Button leftSection={<IconPlus size={16} />} onClick={() => setOpen({ what: 'new' })}>
          {t('lists.newField')}
        </Button>
      </Group>
      <Table.ScrollContainer minWidth={620}>
        <Table verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('lists.label')}</Table.Th>
              <Table.Th>{t('lists.key')}</Table.Th>
              <Table.Th>{t('lists.typeTitle')}</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {[...own, ...items.filter((field) => field.custom !== true)].map((field) => (
              <FieldRow key={field.key} field={field} onOpen={setOpen} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {open?.what === 'new' && <NewField onClose={close} />}
      {open?.what === 'edit' && <EditField field={open.field} onClose={close} />}
      {open?.what === 'delete' && <DeleteField field={open.field} onClose={close} />}
    </Stack>
  );
}

/** Built in: only what a text is may change. */
const mayBecomeList = (field: Field): boolean => !field.calculated && field.type === 'text' && field.key !== 'origin';

function FieldRow({ field, onOpen }: { readonly field: Field; readonly onOpen: (open: Open) => void }) {
  const { t } = useTranslation();
  const lists = useQuery(listsQuery);
  const isOwn = field.custom === true;
  const name = t(`field.${field.key}`, { defaultValue: field.label });
  const list = lists.data?.items.find((one) => one.id === field.listId);
  const canEdit = isOwn || mayBecomeList(field) || field.listId !== undefined;
  return (
    <Table.Tr data-field={field.key}>
      <Table.Td>
        {name}{' '}
        {!isOwn && (
          <Badge size="xs" variant="light" color="gray" tt="none">
            {t(field.calculated ? 'lists.calculated' : 'lists.builtIn')}
          </Badge>
        )}
      </Table.Td>
      <Table.Td>
        <Text size="xs" ff="monospace">
          {field.key}
        </Text>
      </Table.Td>
      <Table.Td>
        {t(`lists.type.${field.type}`, { defaultValue: field.type })}
        {list !== undefined && (
          <>
            {' · '}
            <Anchor
              component={Link}
              size="sm"
              {...({ to: '/settings', search: { tab: 'lists', list: list.id } } as object)}
            >
              {list.label}
            </Anchor>
          </>
        )}
      </Table.Td>
      <Table.Td>
        <Group gap={2} wrap="nowrap" justify="flex-end">
          {canEdit && (
            <ActionIcon
              variant="subtle"
              color="gray"
              onClick={() => onOpen({ what: 'edit', field })}
              aria-label={t('lists.editField', { field: name })}
            >
              <IconPencil size={16} />
            </ActionIcon>
          )}
          {isOwn && (
            <ActionIcon
              variant="subtle"
              color="gray"
              onClick={() => onOpen({ what: 'delete', field })}
              aria-label={t('lists.deleteField', { field: name })}
            >
              <IconTrash size={16} />
            </ActionIcon>
          )}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

/** Asks once; where contacts have values in it, the answer says how many, and asks again. */
function DeleteField({ field, onClose }: { readonly field: Field; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [refusal, setRefusal] = useState<{ readonly text: string; readonly canDrop: boolean } | null>(null);
  const drop = useMutation({
    mutationFn: (values: boolean) =>
      api(routes.deleteField, { params: { key: field.key }, query: values ? { values: 'drop' } : {} }),
    onSuccess: () => {
      tell(t('lists.fieldDeleted'));
      listsChanged();
      onClose();
    },
    onError: (error) => {
      if (error instanceof ProblemError)
        setRefusal({ text: error.message, canDrop: error.problem.errors?.[0]?.code === 'field_has_values' });
      else tellError(error);
    },
  });
  return (
    <Modal opened onClose={onClose} title={t('lists.deleteField', { field: field.label })}>
      <Stack>
        <Text size="sm">{t('lists.deleteFieldSure', { field: field.label })}</Text>
        {refusal !== null && (
          <Text size="sm" c="red" role="alert">
            {refusal.text}
          </Text>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          {refusal?.canDrop === true ? (
            <Button color="red" loading={drop.isPending} onClick={() => drop.mutate(true)}>
              {t('lists.dropValues')}
            </Button>
          ) : (
            <Button color="red" loading={drop.isPending} onClick={() => drop.mutate(false)}>
              {t('common.remove')}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}
