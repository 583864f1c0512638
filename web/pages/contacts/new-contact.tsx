import { Anchor, Button, Modal, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ProblemError, queryClient, routes } from '../../api/client.ts';
import { meQuery } from '../../routes.tsx';
import { tell, tellError } from '../../ui/feedback.tsx';

const ASKED = ['email', 'first_name', 'last_name', 'company', 'job_title', 'phone'] as const;

/** Somebody is entered by hand: an address and what one usually knows beside it; then their page opens. */
export function NewContact() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { data: me } = useQuery(meQuery);
  const [values, setValues] = useState<Readonly<Record<string, string>> | null>(null);
  const create = useMutation({
    mutationFn: (entered: Readonly<Record<string, string>>) =>
      api(routes.createContact, {
        body: { fields: Object.fromEntries(Object.entries(entered).filter(([, value]) => value.trim() !== '')) },
      }),
    onSuccess: ({ id, email }) => {
      setValues(null);
      tell(t('newContact.created', { email }));
      void queryClient.invalidateQueries({ queryKey: ['contacts'] });
      // The routes are made where the pages are loaded, so their names are not known here.
      void navigate({ to: '/contacts/$id', params: { id } } as object);
    },
    onError: (error) => {
      // What is wrong with a value stands beside it.
      if (!(error instanceof ProblemError) || (error.problem.errors ?? []).length === 0) tellError(error);
    },
  });
  if (me?.scopes.includes('contacts:write') !== true) return null;
  const problems = new Map(
    (create.error instanceof ProblemError ? (create.error.problem.errors ?? []) : []).map((one) => [
      one.path.replace(/^fields\./u, ''),
      one.message,
    ]),
  );
  const isTaken =
    create.error instanceof ProblemError &&
    create.error.problem.errors?.some((one) => one.code === 'email_taken') === true;
  const open = (): void => {
    create.reset();
    setValues({});
  };
  return (
    <>
      <Button leftSection={<IconPlus size={16} />} onClick={open}>
        {t('newContact.open')}
      </Button>
      <Modal opened={values !== null} onClose={() => setValues(null)} title={t('newContact.title')}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (values !== null) create.mutate(values);
          }}
        >
          <Stack gap="sm">
            {ASKED.map((key) => (
              <TextInput
                key={key}
                label={t(`field.${key}`)}
                type={key === 'email' ? 'email' : 'text'}
                required={key === 'email'}
                {...(key === 'email' ? { 'data-autofocus': true } : {})}
                autoComplete="off"
                value={values?.[key] ?? ''}
                onChange={(event) => setValues({ ...values, [key]: event.currentTarget.value })}
                error={problems.get(key)}
              />
            ))}
            {isTaken && (
              <Anchor
                size="sm"
                component={Link}
                {...({ to: '/contacts/$id', params: { id: (values?.['email'] ?? '').trim() } } as object)}
              >
                {t('newContact.toOther')}
              </Anchor>
            )}
            <Text size="xs" c="dimmed">
              {t('newContact.help')}
            </Text>
            <Button type="submit" loading={create.isPending}>
              {t('newContact.create')}
            </Button>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
