import { Alert, Button, Group, PasswordInput, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { RedirectAddress } from './authorization.tsx';
import type { Crm } from './queries.ts';

export interface LoginValues {
  readonly name: string;
  readonly baseUrl: string;
  readonly credentials: { readonly method: string } & Record<string, string>;
  /** What has to be chosen when the CRM is connected. */
  readonly options: Readonly<Record<string, string>>;
}

/** Made from the connector's manifest: the methods of this CRM and the fields of the chosen one. */
export function LoginForm(props: {
  readonly crm: Crm;
  readonly name: string | null;
  /** Of a new one. */
  readonly suggested?: string;
  readonly baseUrl: string;
  readonly method: string | null;
  readonly kept: readonly string[];
  readonly busy: boolean;
  readonly label: string;
  readonly onSubmit: (values: LoginValues) => void;
}) {
  const { t } = useTranslation();
  const { crm } = props;
  const form = useForm<{
    name: string;
    baseUrl: string;
    method: string;
    values: Record<string, string>;
    options: Record<string, string>;
  }>({
    initialValues: {
      name: props.name ?? props.suggested ?? crm.id,
      baseUrl: props.baseUrl,
      method:
        props.method ?? crm.credentials.find((one) => one.recommended)?.method ?? crm.credentials[0]?.method ?? '',
      values: {},
      options: {},
    },
  });
  const method = crm.credentials.find((one) => one.method === form.values.method);
  const isKept = (key: string): boolean => props.method === form.values.method && props.kept.includes(key);
  const submit = form.onSubmit(({ name, baseUrl, method: chosen, values, options }) => {
    const given = Object.fromEntries(
      (method?.fields ?? []).flatMap((field) => {
        const value = values[field.key]?.trim() ?? '';
        return value === '' ? [] : [[field.key, value]];
      }),
    );
    props.onSubmit({ name, baseUrl: baseUrl.trim(), credentials: { ...given, method: chosen }, options });
  });
  return (
    <form onSubmit={submit} className="login-form">
      <Stack>
        {props.name === null && <TextInput label={t('crm.name')} required {...form.getInputProps('name')} />}
        <Select
          label={t('crm.method')}
          allowDeselect={false}
          data={crm.credentials.map((one) => ({ value: one.method, label: one.label }))}
          {...form.getInputProps('method')}
        />
        {(method?.fields ?? []).map((field) => {
          const common = {
            key: field.key,
            label: field.label,
            required: field.required && !isKept(field.key),
            placeholder: isKept(field.key) ? t('crm.kept') : (field.placeholder ?? ''),
            autoComplete: 'off',
            ...form.getInputProps(`values.${field.key}`),
          };
          const { key, ...rest } = common;
          const value = form.values.values[field.key] ?? '';
          if (field.multiline) return <Textarea key={key} {...rest} value={value} minRows={4} autosize />;
          return field.secret ? (
            <PasswordInput key={key} {...rest} value={value} />
          ) : (
            <TextInput key={key} {...rest} value={value} />
          );
        })}
        {form.values.method === 'oauth' && <RedirectAddress crm={crm} />}
        <TextInput label={t('crm.address')} placeholder="https://…" {...form.getInputProps('baseUrl')} />
        {(props.name === null ? crm.options.filter((one) => one.required) : []).map((option) => (
          <Select
            key={option.key}
            label={option.label}
            description={option.help}
            required
            placeholder={t('options.choose')}
            allowDeselect={false}
            data={option.choices.map(({ id, label }) => ({ value: id, label }))}
            {...form.getInputProps(`options.${option.key}`)}
          />
        ))}
        <Group>
          <Button type="submit" loading={props.busy}>
            {form.values.method === 'oauth' && props.name === null
              ? t('oauth.connectWith', { crm: crm.label })
              : props.label}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export interface Report {
  readonly ok: boolean;
  readonly account: { readonly id: string; readonly name: string } | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly findings: readonly {
    readonly level: string;
    readonly code: string;
    readonly message: string;
    readonly todo?: string;
  }[];
}

/** Just now the account answered: whose it is, and how many people. */
export function Connected({ report }: { readonly report: Report }) {
  const { t } = useTranslation();
  if (report.account === null) return null;
  return (
    <Alert color="green" title={t('crm.checked', { name: report.account.name })}>
      {t('crm.checkedCounts', { lead: report.counts['lead'] ?? 0, contact: report.counts['contact'] ?? 0 })}
    </Alert>
  );
}
