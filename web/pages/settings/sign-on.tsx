import {
  ActionIcon,
  Button,
  Group,
  Paper,
  Radio,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { api, ProblemError, queryClient, routes } from '../../api/client.ts';
import { CopyBox } from '../../ui/copy-box.tsx';
import { Loading, tell, tellError } from '../../ui/feedback.tsx';
import { PasswordField } from '../../ui/password-field.tsx';
import { useRoles } from './users.tsx';

type State = z.output<typeof routes.signOn.response>;
type Role = NonNullable<State['defaultRole']>;

/** Single sign-on: provider, roles, who still uses a password. */
export function SignOn() {
  const state = useQuery({ queryKey: ['sign-on'], queryFn: () => api(routes.signOn) });
  const users = useQuery({ queryKey: ['users'], queryFn: () => api(routes.users) });
  if (state.data === undefined || users.data === undefined) return <Loading />;
  const admins = users.data.items.filter((one) => one.role === 'admin' && one.active).map((one) => one.email);
  return <Form key={JSON.stringify(state.data)} state={state.data} admins={admins} />;
}

const valuesOf = (state: State) => ({
  enabled: state.enabled,
  issuer: state.issuer,
  clientId: state.clientId,
  clientSecret: '',
  label: state.label,
  scopes: state.scopes,
  roleClaim: state.roleClaim,
  roles: Object.entries(state.roles).map(([value, role]) => ({ value, role })),
  defaultRole: state.defaultRole ?? ('refused' as const),
  passwords: state.passwords,
  breakGlass: state.breakGlass ?? '',
});
type Values = ReturnType<typeof valuesOf>;

function patchOf({ roles, defaultRole, breakGlass, clientSecret, ...values }: Values) {
  return {
    ...values,
    roles: Object.fromEntries(
      roles.filter(({ value }) => value.trim() !== '').map(({ value, role }) => [value.trim(), role]),
    ),
    defaultRole: defaultRole === 'refused' ? null : defaultRole,
    breakGlass: breakGlass === '' ? null : breakGlass,
    // Empty: what is stored stays.
    ...(clientSecret === '' ? {} : { clientSecret }),
  };
}

function Form({ state, admins }: { readonly state: State; readonly admins: readonly string[] }) {
  const { t } = useTranslation();
  const form = useForm<Values>({ initialValues: valuesOf(state) });
  const save = useMutation({
    mutationFn: (values: Values) => api(routes.saveSignOn, { body: patchOf(values) }),
    onSuccess: () => {
      tell(t('signOn.saved'));
      void queryClient.invalidateQueries({ queryKey: ['sign-on'] });
    },
    onError: (error) => {
      for (const one of error instanceof ProblemError ? (error.problem.errors ?? []) : [])
        form.setFieldError(one.path.startsWith('roles') ? 'roleClaim' : one.path, one.message);
      tellError(error);
    },
  });
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack maw={760}>
        <Paper withBorder p="md">
          <Stack>
            <Title order={2}>{t('signOn.title')}</Title>
            <Text size="sm" c="dimmed">
              {t('signOn.text')}
            </Text>
            <Switch label={t('signOn.enabled')} {...form.getInputProps('enabled', { type: 'checkbox' })} />
            <Stack gap={4}>
              <Text size="sm" fw={600}>
                {t('signOn.redirect')}
              </Text>
              <CopyBox text={state.redirectUri} />
            </Stack>
            <TextInput
              label={t('signOn.issuer')}
              description={t('signOn.issuerHint')}
              placeholder="https://login.example.com"
              {...form.getInputProps('issuer')}
            />
            <SimpleGrid cols={{ base: 1, sm: 2 }} style={{ alignItems: 'end' }}>
              <TextInput label={t('signOn.clientId')} autoComplete="off" {...form.getInputProps('clientId')} />
              <PasswordField
                label={t('signOn.clientSecret')}
                description={t(state.clientSecretSet ? 'signOn.secretKept' : 'signOn.secretHint')}
                autoComplete="new-password"
                required={false}
                {...form.getInputProps('clientSecret')}
              />
            </SimpleGrid>
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <TextInput label={t('signOn.label')} placeholder="Acme" {...form.getInputProps('label')} />
              <TextInput
                label={t('signOn.scopes')}
                description={t('signOn.scopesHint')}
                inputWrapperOrder={['label', 'input', 'description', 'error']}
                {...form.getInputProps('scopes')}
              />
            </SimpleGrid>
          </Stack>
        </Paper>
        <Roles form={form} />
        <Paper withBorder p="md">
          <Stack>
            <Title order={2}>{t('signOn.passwordsTitle')}</Title>
            <Radio.Group label={t('signOn.passwords')} {...form.getInputProps('passwords')}>
              <Stack gap="xs" mt="xs">
                <Radio value="everybody" label={t('signOn.everybody')} />
                <Radio value="breakGlass" label={t('signOn.breakGlassOnly')} />
              </Stack>
            </Radio.Group>
            <Select
              label={t('signOn.breakGlass')}
              description={t('signOn.breakGlassHint')}
              data={[...admins]}
              clearable
              disabled={form.values.passwords === 'everybody' && form.values.breakGlass === ''}
              {...form.getInputProps('breakGlass')}
              onChange={(value) => form.setFieldValue('breakGlass', value ?? '')}
            />
          </Stack>
        </Paper>
        <Button type="submit" w="fit-content" loading={save.isPending} disabled={!form.isDirty()}>
          {t('signOn.save')}
        </Button>
      </Stack>
    </form>
  );
}

function Roles({ form }: { readonly form: ReturnType<typeof useForm<Values>> }) {
  const { t } = useTranslation();
  const roles = useRoles();
  return (
    <Paper withBorder p="md">
      <Stack>
        <Title order={2}>{t('signOn.rolesTitle')}</Title>
        <TextInput
          label={t('signOn.roleClaim')}
          description={t('signOn.roleClaimHint')}
          placeholder="groups"
          {...form.getInputProps('roleClaim')}
        />
        {form.values.roles.map((_one, index) => (
          <Group key={index} align="flex-end" wrap="nowrap" gap="xs">
            <TextInput
              flex={1}
              label={index === 0 ? t('signOn.value') : undefined}
              aria-label={t('signOn.value')}
              {...form.getInputProps(`roles.${index}.value`)}
            />
            <Select
              w={160}
              label={index === 0 ? t('signOn.role') : undefined}
              aria-label={t('signOn.role')}
              data={roles}
              allowDeselect={false}
              {...form.getInputProps(`roles.${index}.role`)}
            />
            <ActionIcon
              variant="subtle"
              size="lg"
              aria-label={t('signOn.removeRole', { value: form.values.roles[index]?.value ?? '' })}
              onClick={() => form.removeListItem('roles', index)}
            >
              <IconTrash size={18} />
            </ActionIcon>
          </Group>
        ))}
        <Button
          variant="default"
          size="xs"
          w="fit-content"
          onClick={() => form.insertListItem('roles', { value: '', role: 'sales' satisfies Role })}
        >
          {t('signOn.addRole')}
        </Button>
        <Select
          maw={320}
          label={t('signOn.defaultRole')}
          data={[{ value: 'refused', label: t('signOn.refused') }, ...roles]}
          allowDeselect={false}
          {...form.getInputProps('defaultRole')}
        />
      </Stack>
    </Paper>
  );
}
