import { Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { tell, tellError } from '../../ui/feedback.tsx';
import { goToVendor } from './authorization.tsx';
import { LoginForm, type LoginValues } from './login-form.tsx';
import { type Found, PasteLogin } from './paste-login.tsx';
import type { Crm } from './queries.ts';

/** A CRM in grey becomes a connection: login details, the check runs at once, nothing is synchronised before it is switched on. */
export function NewConnection(props: {
  readonly crm: Crm;
  /** Names of connections that there are. */
  readonly taken: readonly string[];
  /** What was pasted into the box, here or on another CRM's tab. */
  readonly found: Found;
  readonly onFound: (found: Found) => void;
  readonly onMade: (tab: string) => void;
}) {
  const { t } = useTranslation();
  const { crm } = props;
  const make = useMutation({
    // Secrets are not kept once they are sent.
    gcTime: 0,
    mutationFn: ({ name, baseUrl, credentials, options }: LoginValues) =>
      api(routes.createConnection, {
        body: {
          name,
          crm: crm.id,
          credentials,
          options,
          ...(baseUrl === '' ? {} : { baseUrl, ...(crm.id === 'salesforce' ? { authUrl: baseUrl } : {}) }),
        },
      }),
    onSuccess: async (made) => {
      // Saved; now the person says yes on the vendor's page, which sends the browser back.
      if (made.authorization !== null) return goToVendor(made.id).catch(tellError);

      if (made.account !== null) tell(t('crm.checked', { name: made.account.name }));
      await queryClient.invalidateQueries({ queryKey: ['connections'] });
      props.onMade(made.name);
    },
    onError: tellError,
  });
  return (
    <Stack>
      <Title order={2}>{t('crm.connect', { crm: crm.label })}</Title>
      {props.taken.includes(crm.id) && <Text maw={640}>{t('crm.anotherHelp', { crm: crm.label })}</Text>}
      <PasteLogin crm={crm} found={props.found} onFound={props.onFound} />
      <LoginForm
        crm={crm}
        name={null}
        suggested={freeName(crm.id, props.taken)}
        baseUrl=""
        method={null}
        kept={[]}
        busy={make.isPending}
        label={t('crm.create')}
        pasted={typeof props.found === 'string' || props.found?.crm !== crm.id ? null : props.found}
        onSubmit={(values) => make.mutate(values)}
      />
    </Stack>
  );
}

/** `hubspot`, or `hubspot-2` where that is taken. */
function freeName(id: string, taken: readonly string[]): string {
  for (let number = 2, name = id; ; number += 1) {
    if (!taken.includes(name)) return name;
    name = `${id}-${number}`;
  }
}
