import { Accordion, Button, Checkbox, MultiSelect, Select, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, ProblemError, queryClient, routes } from '../../api/client.ts';
import { tell, tellError } from '../../ui/feedback.tsx';
import type { Report } from './login-form.tsx';
import { isUndecided } from './on-off.tsx';
import { type Chosen, chosenOf, optionPatch } from './option-values.ts';
import { type Connection, type Crm, connectionsChanged, fieldsQuery } from './queries.ts';

type Option = Crm['options'][number];
interface Choice {
  readonly value: string;
  readonly label: string;
}

/** The options of this CRM's connector, closed until somebody needs one or one has to be chosen; saved by themselves, then checked. */
export function OptionsForm(props: {
  readonly connection: Connection;
  readonly crm: Crm;
  readonly onChecked: (report: Report & { readonly missingFields: readonly string[] }) => void;
}) {
  const { t } = useTranslation();
  const { connection, crm } = props;
  const form = useForm<Record<string, Chosen>>({ initialValues: chosenOf(crm.options, connection.options) });
  const save = useMutation({
    mutationFn: async (values: Record<string, Chosen>) => {
      const { id, version } = connection;
      await api(routes.updateConnection, {
        params: { id },
        ifMatch: version,
        body: { options: optionPatch(crm.options, values) },
      });
      return api(routes.check, { params: { id } });
    },
    onSuccess: async (report) => {
      props.onChecked(report);
      await connectionsChanged();
      tell(t('options.saved'));
      void queryClient.invalidateQueries({ queryKey: ['crm-fields', connection.id] });
    },
    onError: (error) => {
      for (const one of error instanceof ProblemError ? (error.problem.errors ?? []) : []) {
        const key = one.path.split('.')[1];
        if (one.path.startsWith('options.') && key !== undefined) form.setFieldError(key, one.message);
      }
      tellError(error);
    },
  });
  if (crm.options.length === 0) return null;
  const asks = isUndecided(connection, crm);
  return (
    <Accordion
      variant="contained"
      chevronPosition="left"
      maw={820}
      defaultValue={asks ? 'options' : null}
      data-asks={asks || undefined}
    >
      <Accordion.Item value="options">
        <Accordion.Control>{t('options.title', { crm: crm.label })}</Accordion.Control>
        <Accordion.Panel>
          <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
            <Stack maw={520}>
              <Text size="sm" c="dimmed">
                {t(asks ? 'options.asks' : 'options.text')}
              </Text>
              {crm.options.map((option) => (
                <OptionInput
                  key={option.key}
                  option={option}
                  connection={connection}
                  crm={crm}
                  taken={option.excludes === null ? undefined : form.values[option.excludes]}
                  input={form.getInputProps(option.key, option.type === 'boolean' ? { type: 'checkbox' } : {})}
                />
              ))}
              <Button type="submit" w="fit-content" variant="light" loading={save.isPending} disabled={!form.isDirty()}>
                {t('options.save')}
              </Button>
            </Stack>
          </form>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}

function OptionInput(props: {
  readonly option: Option;
  readonly connection: Connection;
  readonly crm: Crm;
  /** What another option has taken. */
  readonly taken: Chosen | undefined;
  readonly input: ReturnType<ReturnType<typeof useForm>['getInputProps']>;
}) {
  const { t } = useTranslation();
  const { option, connection, input } = props;
  const choices = useChoices(option, connection, props.crm).filter(({ value }) => value !== props.taken);
  const isFixed = option.fixed && connection.linked > 0;
  const common = {
    label: option.label,
    description: isFixed && option.type === 'oneOf' ? t('options.fixed') : option.help,
  };
  switch (option.type) {
    case 'boolean':
      return <Checkbox {...common} {...input} />;
    case 'oneOf':
      return (
        <Select
          {...common}
          data={choices}
          required={option.required}
          placeholder={option.required ? t('options.choose') : ''}
          allowDeselect={false}
          disabled={isFixed}
          {...input}
        />
      );
    case 'manyOf':
      return (
        <MultiSelect
          {...common}
          data={choices}
          {...input}
          value={[input.value].flat().filter((one) => one !== props.taken)}
        />
      );
    default:
      return <TextInput {...common} placeholder={option.placeholder ?? ''} autoComplete="off" {...input} />;
  }
}

/** What can be chosen: as the connector lists it, or the values of the account's own field. */
function useChoices(option: Option, connection: Connection, crm: Crm): readonly Choice[] {
  const fields = useQuery({
    ...fieldsQuery(connection.id, crm.kinds[0] ?? 'lead'),
    enabled: option.valuesOf !== null,
  });
  const field = fields.data?.items.find(({ key }) => key === option.valuesOf);
  const offered = (field?.options ?? option.choices).map(({ id, label }) => ({ value: id, label }));
  // A choice that is not offered any more is still shown: it can be taken away.
  const chosen = [connection.options[option.key] ?? option.default].flat();
  const lost = chosen.filter((one) => typeof one === 'string' && !offered.some(({ value }) => value === one));
  return option.type === 'manyOf'
    ? [...offered, ...lost.map((one) => ({ value: String(one), label: String(one) }))]
    : offered;
}
