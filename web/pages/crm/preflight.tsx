import { Alert, Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import { tell, tellError } from '../../ui/feedback.tsx';
import type { Report } from './login-form.tsx';
import { type Connection, connectionsChanged } from './queries.ts';

export const lastCheckQuery = (id: string) => ({
  queryKey: ['last-check', id],
  queryFn: () => api(routes.lastCheck, { params: { id } }),
});

const WEIGHT: Readonly<Record<string, number>> = { error: 0, warning: 1, info: 2 };
const COLOUR: Readonly<Record<string, string>> = { error: 'red', warning: 'orange', info: 'gray' };

/** What the last check found, whoever asked for it: the worst first, each with what to do; and when it was seen. */
export function Preflight(props: {
  readonly connection: Connection;
  /** Said elsewhere on the page. */
  readonly without: (code: string) => boolean;
  readonly busy: boolean;
  readonly onCheck: () => void;
  /** The buttons that mend something. */
  readonly children: ReactNode;
}) {
  const { t } = useTranslation();
  const last = useQuery(lastCheckQuery(props.connection.id));
  if (last.data === undefined) return null;
  const findings = last.data.findings
    .filter((one) => !props.without(one.code))
    .sort((a, b) => (WEIGHT[a.level] ?? 3) - (WEIGHT[b.level] ?? 3));
  return (
    <Stack gap="xs" data-findings={findings.length}>
      <Group justify="space-between" gap="xs">
        <div>
          <Title order={3} fz="md">
            {last.data.at === null ? t('preflight.title') : t('preflight.found', { count: findings.length })}
          </Title>
          <Text size="xs" c="dimmed" title={t('preflight.daily')}>
            {last.data.at === null ? t('preflight.never') : t('preflight.seen', { when: when(last.data.at, '') })}
          </Text>
        </div>
        <Button size="compact-sm" variant="subtle" loading={props.busy} onClick={props.onCheck}>
          {t('preflight.again')}
        </Button>
      </Group>
      <Findings findings={findings} />
      {props.children}
      <CredentialsEnd key={props.connection.version} connection={props.connection} />
    </Stack>
  );
}

function Findings({ findings }: Pick<Report, 'findings'>) {
  return findings.map((one) => (
    <Alert key={`${one.code} ${one.message}`} color={COLOUR[one.level] ?? 'gray'} variant="light" p="xs">
      <Text size="sm">{one.message}</Text>
      {one.todo !== undefined && one.todo !== '' && (
        <Text size="sm" fw={600}>
          {one.todo}
        </Text>
      )}
    </Alert>
  ));
}

/** The day on which the credentials end, where somebody knows it: mails go out ahead of it. */
function CredentialsEnd({ connection }: { readonly connection: Connection }) {
  const { t } = useTranslation();
  const saved = connection.credentialsEndOn ?? '';
  const [day, setDay] = useState(saved);
  const save = useMutation({
    mutationFn: () =>
      api(routes.updateConnection, {
        params: { id: connection.id },
        ifMatch: connection.version,
        body: { credentialsEndOn: day === '' ? null : day },
      }),
    onSuccess: async () => {
      void queryClient.invalidateQueries({ queryKey: ['last-check'] });
      await connectionsChanged();
      tell(t(day === '' ? 'preflight.endTaken' : 'preflight.endSaved'));
    },
    onError: tellError,
  });
  return (
    <Group align="flex-end" gap="xs" mt="xs">
      <TextInput
        type="date"
        size="xs"
        maw={320}
        label={t('preflight.endOn')}
        description={t('preflight.endOnHelp')}
        value={day}
        onChange={(event) => setDay(event.currentTarget.value)}
      />
      {day !== saved && (
        <Button size="xs" variant="light" loading={save.isPending} onClick={() => save.mutate()}>
          {t('preflight.endSave')}
        </Button>
      )}
    </Group>
  );
}
