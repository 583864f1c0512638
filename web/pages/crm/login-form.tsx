import { Alert, Button, Group, PasswordInput, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { PastedLogin } from '../../../src/core/pasted-login.ts';
import { number } from '../../i18n.ts';
import { RedirectAddress } from './authorization.tsx';
import { useMayConnect } from './may-connect.ts';
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
  /** What was pasted above; it is put into the fields once. */
  readonly pasted?: PastedLogin | null;
  readonly onSubmit: (values: LoginValues) => void;
}) {
  const { t } = useTranslation();
  const mayConnect = useMayConnect();
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
  const { pasted = null } = props;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each paste; what is typed afterwards stays.
  useEffect(() => {
    if (pasted === null) return;
    form.setValues((before) => ({
      method: methodFor(crm, before.method ?? '', Object.keys(pasted.values)),
      values: { ...before.values, ...pasted.values },
      baseUrl: pasted.baseUrl ?? before.baseUrl ?? '',
    }));
  }, [pasted]);
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
        {!mayConnect && <Alert color="gray">{t('crm.connectAdmin')}</Alert>}
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
          <Button type="submit" loading={props.busy} disabled={!mayConnect}>
            {form.values.method === 'oauth' && props.name === null
              ? t('oauth.connectWith', { crm: crm.label })
              : props.label}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** The chosen method where it has these fields, else the best that has them. */
function methodFor(crm: Crm, chosen: string, keys: readonly string[]): string {
  const fitting = crm.credentials.filter(({ fields }) => keys.every((key) => fields.some((one) => one.key === key)));
  return (
    fitting.find((one) => one.method === chosen) ??
    fitting.find((one) => one.recommended) ??
    fitting[0] ?? { method: chosen }
  ).method;
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

/** The account answered: whose it is, and how many people are there, of the kinds that the CRM counts. */
export function Connected({ account, counts }: Pick<Report, 'account' | 'counts'>) {
  const { t } = useTranslation();
  if (account === null) return null;
  const counted = (['lead', 'contact', 'person'] as const).flatMap((kind) => {
    const count = counts[kind];
    return count === undefined ? [] : [t(`crm.counted.${kind}`, { count, number: number(count) })];
  });
  return (
    <Alert color="green" title={t('crm.checked', { name: account.name })}>
      {counted.length > 0 && counted.join(', ')}
    </Alert>
  );
}
