import { Button, Group, Modal, Select, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ProblemError, routes } from '../../api/client.ts';
import { tell, tellError } from '../../ui/feedback.tsx';
import type { ListValue } from './list-values.tsx';
import { type List, listsChanged } from './lists.tsx';

interface Props {
  readonly list: List;
  readonly value: ListValue;
  readonly onClose: () => void;
}

/** Another name, and what else means the value; the old name stays a spelling. */
export function ValueDialog({ list, value, onClose }: Props) {
  const { t } = useTranslation();
  const [label, setLabel] = useState(value.label);
  const [spellings, setSpellings] = useState<string[]>([...value.spellings]);
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({});
  const save = useMutation({
    mutationFn: () =>
      api(routes.updateListValue, {
        params: { id: list.id, key: value.key },
        body: label === value.label ? { spellings } : { label, spellings },
      }),
    onSuccess: () => {
      listsChanged();
      onClose();
    },
    onError: (error) => {
      if (error instanceof ProblemError && error.problem.errors !== undefined)
        setProblems(Object.fromEntries(error.problem.errors.map((one) => [one.path, one.message])));
      else tellError(error);
    },
  });
  return (
    <Modal opened onClose={onClose} title={t('lists.actions', { value: value.label })}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack>
          <TextInput
            data-autofocus
            required
            label={t('lists.label')}
            value={label}
            onChange={(event) => setLabel(event.currentTarget.value)}
            error={problems['label']}
          />
          <TagsInput
            label={t('lists.spellings')}
            description={t('lists.spellingsHelp')}
            value={spellings}
            onChange={setSpellings}
            error={problems['spellings']}
            splitChars={[';', '\n']}
          />
          <Group justify="flex-end">
            <Button type="submit" disabled={label.trim() === ''} loading={save.isPending}>
              {t('common.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** One of two values stays; nobody's contact is left with the other. */
export function MergeDialog({ list, value, onClose }: Props) {
  const { t } = useTranslation();
  const [into, setInto] = useState<string | null>(null);
  const merge = useMutation({
    mutationFn: (stays: string) =>
      api(routes.removeListValue, { params: { id: list.id, key: value.key }, query: { into: stays } }),
    onSuccess: ({ moved }) => {
      tell(t('lists.merged', { count: moved }));
      listsChanged();
      onClose();
    },
    onError: tellError,
  });
  return (
    <Modal opened onClose={onClose} title={t('lists.merge')}>
      <Stack>
        <Text size="sm">{t('lists.mergeHelp', { value: value.label })}</Text>
        <Select
          data-autofocus
          searchable
          label={t('lists.mergeInto')}
          value={into}
          onChange={setInto}
          data={list.values
            .filter((one) => !one.removed && one.key !== value.key)
            .map((one) => ({ value: one.key, label: one.label }))}
        />
        <Group justify="flex-end">
          <Button
            disabled={into === null}
            loading={merge.isPending}
            onClick={() => {
              if (into !== null) merge.mutate(into);
            }}
          >
            {t('lists.mergeGo')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
