import { Button, Divider, Group, Modal, NumberInput, Select, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { VALUE_TYPES, type ValueType } from '../../../src/core/model.ts';
import { api, ProblemError, routes } from '../../api/client.ts';
import { tell, tellError } from '../../ui/feedback.tsx';
import type { Field } from '../crm/queries.ts';
import { listsChanged, listsQuery } from './lists.tsx';

/** As people name it → as the API does: "Contract until" → contract_until. */
const keyOf = (label: string): string =>
  label
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/gu, '_')
    .replace(/^[_0-9]+|_+$/gu, '')
    .slice(0, 63);

const isListType = (type: ValueType): boolean => type === 'oneOf' || type === 'manyOf';
const isTextType = (type: string): boolean => type === 'text' || type === 'longText';

type Problems = Readonly<Record<string, string>>;
const problemsOf = (error: unknown): Problems =>
  error instanceof ProblemError
    ? Object.fromEntries((error.problem.errors ?? []).map((one) => [one.path, one.message]))
    : {};

/** A field of any type, with its list where it has one. */
export function NewField(props: {
  /** What it is called already, in a file for instance. */
  readonly label?: string;
  readonly onClose: () => void;
  readonly onMade?: (key: string) => void;
}) {
  const { onClose, onMade } = props;
  const { t } = useTranslation();
  const [input, setInput] = useState({
    label: props.label ?? '',
    key: null as string | null,
    type: 'text' as ValueType,
    listId: '',
    options: [] as string[],
    scale: '' as string | number,
    maxLength: '' as string | number,
  });
  const [problems, setProblems] = useState<Problems>({});
  const put = (change: Partial<typeof input>) => setInput({ ...input, ...change });
  const key = input.key ?? keyOf(input.label);
  const make = useMutation({
    mutationFn: () =>
      api(routes.createField, {
        body: {
          key,
          label: input.label,
          type: input.type,
          ...(isListType(input.type)
            ? input.listId === ''
              ? { options: input.options }
              : { listId: input.listId }
            : {}),
          ...(input.type === 'number' && input.scale !== '' ? { scale: Number(input.scale) } : {}),
          ...(isTextType(input.type) && input.maxLength !== '' ? { maxLength: Number(input.maxLength) } : {}),
        },
      }),
    onSuccess: () => {
      listsChanged();
      tell(t('lists.fieldMade'));
      onMade?.(key);
      onClose();
    },
    onError: (error) => {
      setProblems(problemsOf(error));
      tellError(error);
    },
  });
  return (
    <Modal opened onClose={onClose} title={t('lists.newField')} size="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <Stack>
          <div className="pair pair-top">
            <TextInput
              data-autofocus
              required
              label={t('lists.label')}
              value={input.label}
              onChange={(event) => put({ label: event.currentTarget.value })}
              error={problems['label']}
            />
            <TextInput
              required
              label={t('lists.key')}
              description={t('lists.keyHelp')}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              styles={{ input: { fontFamily: 'monospace' } }}
              value={key}
              onChange={(event) => put({ key: event.currentTarget.value })}
              error={problems['key']}
            />
          </div>
          <Select
            label={t('lists.typeTitle')}
            allowDeselect={false}
            data={VALUE_TYPES.map((value) => ({ value, label: t(`lists.type.${value}`) }))}
            value={input.type}
            // The choices are exactly the types.
            onChange={(value) => put({ type: (value ?? 'text') as ValueType })}
            error={problems['type']}
          />
          {isListType(input.type) && (
            <>
              <ListChoice value={input.listId} onChange={(listId) => put({ listId })} />
              {input.listId === '' && (
                <TagsInput
                  label={t('lists.values')}
                  description={t('lists.valuesHelp')}
                  value={input.options}
                  onChange={(options) => put({ options })}
                  splitChars={[';', '\n']}
                />
              )}
            </>
          )}
          {input.type === 'number' && (
            <Scale value={input.scale} onChange={(scale) => put({ scale })} error={problems['scale']} />
          )}
          {isTextType(input.type) && (
            <MaxLength
              value={input.maxLength}
              onChange={(maxLength) => put({ maxLength })}
              error={problems['maxLength']}
            />
          )}
          <Group justify="flex-end">
            <Button type="submit" disabled={input.label.trim() === '' || key === ''} loading={make.isPending}>
              {t('lists.newField')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function ListChoice({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const lists = useQuery(listsQuery);
  return (
    <Select
      label={t('lists.whichList')}
      allowDeselect={false}
      value={value}
      onChange={(next) => onChange(next ?? '')}
      data={[
        { value: '', label: t('lists.newOwnList') },
        ...(lists.data?.items ?? []).map((one) => ({ value: one.id, label: one.label })),
      ]}
    />
  );
}

interface SizeProps {
  readonly value: string | number;
  readonly onChange: (value: string | number) => void;
  readonly error: string | undefined;
}
const Scale = (props: SizeProps) => {
  const { t } = useTranslation();
  return <NumberInput label={t('lists.scale')} description={t('lists.scaleHelp')} min={0} max={10} {...props} />;
};
const MaxLength = (props: SizeProps) => {
  const { t } = useTranslation();
  return (
    <NumberInput label={t('lists.maxLength')} description={t('lists.maxLengthHelp')} min={1} max={100_000} {...props} />
  );
};

/** Name and size of one's own field; and a text becomes a list, a list a text. */
export function EditField({ field, onClose }: { readonly field: Field; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [label, setLabel] = useState(field.label);
  const [scale, setScale] = useState<string | number>(field.scale ?? '');
  const [maxLength, setMaxLength] = useState<string | number>(field.maxLength ?? '');
  const [listId, setListId] = useState('');
  const [problems, setProblems] = useState<Problems>({});
  const isOwn = field.custom === true;
  const size = (value: string | number): number | null => (value === '' ? null : Number(value));
  const save = useMutation({
    mutationFn: (body: { type: 'text' | 'oneOf'; listId?: string } | null) =>
      api(routes.updateField, {
        params: { key: field.key },
        body: body ?? {
          label,
          ...(field.type === 'number' ? { scale: size(scale) } : {}),
          ...(isTextType(field.type) ? { maxLength: size(maxLength) } : {}),
        },
      }),
    onSuccess: () => {
      listsChanged();
      tell(t('lists.saved'));
      onClose();
    },
    onError: (error) => {
      setProblems(problemsOf(error));
      tellError(error);
    },
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('lists.editField', { field: t(`field.${field.key}`, { defaultValue: field.label }) })}
    >
      <Stack>
        {isOwn && (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              save.mutate(null);
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
              {field.type === 'number' && <Scale value={scale} onChange={setScale} error={problems['scale']} />}
              {isTextType(field.type) && (
                <MaxLength value={maxLength} onChange={setMaxLength} error={problems['maxLength']} />
              )}
              <Group justify="flex-end">
                <Button type="submit" disabled={label.trim() === ''} loading={save.isPending}>
                  {t('common.save')}
                </Button>
              </Group>
            </Stack>
          </form>
        )}
        {isOwn && (field.type === 'text' || field.type === 'oneOf') && <Divider />}
        {field.type === 'text' && (
          <>
            <Text size="sm">{t('lists.toListHelp')}</Text>
            <ListChoice value={listId} onChange={setListId} />
            {problems['type'] !== undefined && (
              <Text size="sm" c="red" role="alert">
                {problems['type']}
              </Text>
            )}
            <Button
              variant="default"
              loading={save.isPending}
              onClick={() => save.mutate(listId === '' ? { type: 'oneOf' } : { type: 'oneOf', listId })}
            >
              {t('lists.toList')}
            </Button>
          </>
        )}
        {field.type === 'oneOf' && (
          <>
            <Text size="sm">{t('lists.toTextHelp')}</Text>
            <Button variant="default" loading={save.isPending} onClick={() => save.mutate({ type: 'text' })}>
              {t('lists.toText')}
            </Button>
          </>
        )}
      </Stack>
    </Modal>
  );
}
