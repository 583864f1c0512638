import { ActionIcon, Collapse, Group, NumberInput, Paper, Stack, Switch, Text, TextInput, Title } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconChevronDown, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { NOT_IN_FORMS } from '../../../src/core/form.ts';
import { AddSelect } from '../../ui/add-select.tsx';
import { hubFieldsQuery } from '../crm/queries.ts';
import type { PartProps } from './builder.tsx';
import type { FormInput } from './queries.ts';

type Field = FormInput['fields'][number];

/** Fields that may still be asked, with the names that people read. */
export function useFieldChoice(taken: readonly string[]) {
  const { t } = useTranslation();
  const schema = useQuery(hubFieldsQuery);
  const label = (key: string): string =>
    t(`field.${key}`, { defaultValue: schema.data?.items.find((field) => field.key === key)?.label ?? key });
  const options = (schema.data?.items ?? [])
    .filter((field) => !field.calculated && !NOT_IN_FORMS.has(field.key) && !taken.includes(field.key))
    .map((field) => ({ value: field.key, label: label(field.key) }));
  return { label, options };
}

export function FieldsPart({ input, change, problem }: PartProps) {
  const { t } = useTranslation();
  const taken = [...input.fields, ...input.hidden].map((one) => one.field);
  const { label, options } = useFieldChoice(taken);
  const put = (index: number, next: Partial<Field>) =>
    change({ fields: input.fields.map((one, at) => (at === index ? { ...one, ...next } : one)) });
  const move = (index: number, by: number) => {
    const fields = [...input.fields];
    const [one] = fields.splice(index, 1);
    if (one !== undefined) fields.splice(index + by, 0, one);
    change({ fields });
  };
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Title order={2}>{t('forms.fields')}</Title>
        {problem('fields') !== undefined && <Text c="red">{problem('fields')}</Text>}
        {input.fields.map((field, index) => (
          <FieldRow
            key={field.field}
            field={field}
            name={label(field.field)}
            error={problem(`fields.${index}.field`)}
            isFirst={index === 0}
            isLast={index === input.fields.length - 1}
            onChange={(next) => put(index, next)}
            onMove={(by) => move(index, by)}
            onRemove={() => change({ fields: input.fields.filter((_, at) => at !== index) })}
          />
        ))}
        <AddSelect
          label={t('forms.addField')}
          data={options}
          onAdd={(field) =>
            change({ fields: [...input.fields, { field, label: '', help: '', required: false, progressive: false }] })
          }
        />
        {input.fields.some((field) => field.progressive) && (
          <NumberInput
            label={t('forms.progressiveAtMost')}
            min={0}
            max={20}
            w={360}
            maw="100%"
            value={input.progressiveAtMost}
            onChange={(value) => change({ progressiveAtMost: Number(value) || 0 })}
          />
        )}
      </Stack>
    </Paper>
  );
}

function FieldRow(props: {
  readonly field: Field;
  readonly name: string;
  readonly error: string | undefined;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly onChange: (next: Partial<Field>) => void;
  readonly onMove: (by: number) => void;
  readonly onRemove: () => void;
}) {
  const { t } = useTranslation();
  const { field } = props;
  const [isOpen, setOpen] = useState(false);
  const isEmail = field.field === 'email';
  return (
    <div className="form-question">
      <Group gap="xs" wrap="nowrap">
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-expanded={isOpen}
          aria-label={`${t('forms.label')}: ${props.name}`}
          onClick={() => setOpen(!isOpen)}
        >
          <IconChevronDown size={16} style={isOpen ? undefined : { transform: 'rotate(-90deg)' }} />
        </ActionIcon>
        <Text fw={600} style={{ flex: 1, minWidth: 0 }} truncate>
          {field.label === '' ? props.name : field.label}
        </Text>
        <Switch
          size="xs"
          label={t('forms.required')}
          checked={field.required}
          disabled={isEmail}
          onChange={(event) => props.onChange({ required: event.currentTarget.checked })}
        />
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={`${t('forms.up')}: ${props.name}`}
          disabled={props.isFirst}
          onClick={() => props.onMove(-1)}
        >
          <IconArrowUp size={16} />
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={`${t('forms.down')}: ${props.name}`}
          disabled={props.isLast}
          onClick={() => props.onMove(1)}
        >
          <IconArrowDown size={16} />
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          color="red"
          aria-label={`${t('forms.remove')}: ${props.name}`}
          disabled={isEmail}
          onClick={props.onRemove}
        >
          <IconTrash size={16} />
        </ActionIcon>
      </Group>
      {props.error !== undefined && (
        <Text size="sm" c="red">
          {props.error}
        </Text>
      )}
      <Collapse expanded={isOpen}>
        <Stack gap="xs" pl={36} pt={4}>
          <TextInput
            size="sm"
            label={t('forms.label')}
            placeholder={props.name}
            value={field.label}
            onChange={(event) => props.onChange({ label: event.currentTarget.value })}
          />
          <TextInput
            size="sm"
            label={t('forms.help')}
            value={field.help}
            onChange={(event) => props.onChange({ help: event.currentTarget.value })}
          />
          <Switch
            size="xs"
            label={t('forms.progressive')}
            description={t('forms.progressiveHelp')}
            checked={field.progressive}
            disabled={isEmail}
            onChange={(event) => props.onChange({ progressive: event.currentTarget.checked })}
          />
        </Stack>
      </Collapse>
    </div>
  );
}
