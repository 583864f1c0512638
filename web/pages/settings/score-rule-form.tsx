import { Button, Group, NumberInput, Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { ruleOpsOf } from '../../../src/core/score.ts';
import { api, queryClient, routes } from '../../api/client.ts';
import { tell, tellError } from '../../ui/feedback.tsx';
import { FieldBox } from '../contacts/field-box.tsx';
import { useFieldName } from '../crm/field-name.ts';
import { type Field, hubFieldsQuery, schemaOf } from '../crm/queries.ts';

export type Rule = z.output<typeof routes.saveScoreRule.response>;

/** What is shown with a score is computed again, in the background. */
export const scoresChanged = (): void => {
  for (const key of ['score-rules', 'contact-score', 'contact', 'contacts'])
    void queryClient.invalidateQueries({ queryKey: [key] });
};

const EVENTS = ['visit', 'download', 'form'] as const;
/** Not events: a field, and an event that a program sends under a name of its own. */
const [ON_FIELD, OWN] = ['field', 'own'] as const;
const PHASES = ['discovery', 'evaluation', 'purchase'] as const;

interface Values {
  name: string;
  on: string;
  own: string;
  phase: string;
  field: string;
  op: string;
  value: string;
  points: number | string;
}

function valuesOf(rule: Rule | null): Values {
  const text = (key: string): string => String(rule?.condition?.[key] ?? '');
  const event = rule === null ? 'form' : rule.onEvent;
  const isKnown = EVENTS.some((one) => one === event);
  return {
    name: rule?.name ?? '',
    on: event === null ? ON_FIELD : isKnown ? event : OWN,
    own: isKnown ? '' : (event ?? ''),
    phase: text('phase'),
    field: text('field'),
    op: text('op') || 'filled',
    value: text('value'),
    points: rule?.points ?? 5,
  };
}

const needsValue = (op: string): boolean => op !== 'filled' && op !== 'empty';

/** What the API takes; what the form does not show of an event's condition stays. */
function conditionOf(values: Values, rule: Rule | null): Rule['condition'] {
  if (values.on === ON_FIELD)
    return { field: values.field, op: values.op, ...(needsValue(values.op) ? { value: values.value } : {}) };
  if (values.on === 'form') return values.phase === '' ? null : { phase: values.phase };
  return rule?.onEvent === eventOf(values) ? rule.condition : null;
}
const eventOf = (values: Values): string | null =>
  values.on === ON_FIELD ? null : values.on === OWN ? values.own.trim() : values.on;

const useRuleForm = (rule: Rule | null) => {
  const { t } = useTranslation();
  return useForm<Values>({
    initialValues: valuesOf(rule),
    validate: {
      name: (value) => (value.trim() === '' ? t('score.needsName') : null),
      own: (value, all) => (all.on === OWN && value.trim() === '' ? t('score.needsEvent') : null),
      field: (value, all) => (all.on === ON_FIELD && value === '' ? t('score.needsField') : null),
      value: (value, all) =>
        all.on === ON_FIELD && needsValue(all.op) && value.trim() === '' ? t('score.needsValue') : null,
    },
  });
};
type RuleForm = ReturnType<typeof useRuleForm>;

/** A new rule, or one that is changed. */
export function ScoreRuleForm({ rule, onDone }: { readonly rule: Rule | null; readonly onDone: () => void }) {
  const { t } = useTranslation();
  const fields = useQuery(hubFieldsQuery);
  const items = (fields.data?.items ?? []).filter((one) => !one.calculated);
  const form = useRuleForm(rule);
  const save = useMutation({
    mutationFn: (values: Values) =>
      api(routes.saveScoreRule, {
        body: {
          ...(rule === null ? {} : { id: rule.id }),
          name: values.name.trim(),
          points: Number(values.points),
          enabled: rule?.enabled ?? true,
          onEvent: eventOf(values),
          condition: conditionOf(values, rule),
        },
      }),
    onSuccess: (saved) => {
      tell(t(saved.onEvent === null ? 'score.savedField' : 'score.savedEvent'));
      form.setValues(valuesOf(null));
      scoresChanged();
      onDone();
    },
    onError: tellError,
  });
  const { on } = form.values;
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Group align="flex-start">
        <TextInput label={t('settings.rule')} maxLength={80} {...form.getInputProps('name')} />
        <Select
          label={t('score.when')}
          w={190}
          allowDeselect={false}
          data={[...EVENTS, OWN, ON_FIELD].map((value) => ({ value, label: t(`score.event.${value}`) }))}
          {...form.getInputProps('on')}
        />
        {on === OWN && (
          <TextInput
            label={t('score.ownName')}
            description={t('score.ownHint')}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            w={190}
            {...form.getInputProps('own')}
          />
        )}
        {on === 'form' && (
          <Select
            label={t('score.formOf')}
            w={150}
            clearable
            placeholder={t('score.anyForm')}
            data={PHASES.map((value) => ({ value, label: t(`score.phase.${value}`) }))}
            value={form.values.phase || null}
            onChange={(value) => form.setFieldValue('phase', value ?? '')}
          />
        )}
        {on === ON_FIELD && <OnField items={items} form={form} />}
        <NumberInput w={90} label={t('settings.points')} min={-50} max={50} {...form.getInputProps('points')} />
        <Group gap="xs" mt={25}>
          <Button type="submit" loading={save.isPending}>
            {t(rule === null ? 'score.add' : 'common.save')}
          </Button>
          {rule !== null && (
            <Button variant="default" onClick={onDone}>
              {t('common.cancel')}
            </Button>
          )}
        </Group>
      </Group>
    </form>
  );
}

function OnField(props: { readonly items: readonly Field[]; readonly form: RuleForm }) {
  const { t } = useTranslation();
  const nameOf = useFieldName();
  const { items, form } = props;
  const { field: key, op, value } = form.values;
  const field = items.find((one) => one.key === key);
  const ops = field === undefined ? [] : ruleOpsOf(schemaOf(field).type);
  // Of several values of a list a rule asks for one.
  const asked = field === undefined ? undefined : { ...field, ...(field.type === 'manyOf' ? { type: 'oneOf' } : {}) };
  return (
    <>
      <Select
        label={t('settings.field')}
        w={190}
        searchable
        allowDeselect={false}
        data={items.map((one) => ({ value: one.key, label: nameOf(one.key) }))}
        {...form.getInputProps('field')}
        onChange={(next) => {
          const chosen = items.find((one) => one.key === next);
          const [first = 'filled'] = chosen === undefined ? [] : ruleOpsOf(schemaOf(chosen).type);
          form.setValues({ field: next ?? '', op: first, value: '' });
        }}
      />
      {field !== undefined && (
        <Select
          label={t('score.condition')}
          w={140}
          allowDeselect={false}
          data={ops.map((one) => ({ value: one, label: t(`score.opName.${one}`) }))}
          {...form.getInputProps('op')}
        />
      )}
      {asked !== undefined && needsValue(op) && (
        <div style={{ width: 190 }}>
          <FieldBox
            field={op === 'contains' ? { ...asked, type: 'text' } : asked}
            label={t('score.value')}
            value={value}
            error={typeof form.errors['value'] === 'string' ? form.errors['value'] : undefined}
            readOnly={false}
            onChange={(next) => form.setFieldValue('value', next)}
          />
        </div>
      )}
    </>
  );
}
