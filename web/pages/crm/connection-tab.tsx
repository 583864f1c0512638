import { Badge, Button, Divider, Group, Stack, Text, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { tell, tellError } from '../../ui/feedback.tsx';
import { AuthorizationState } from './authorization.tsx';
import { BacklogBars } from './backlog-bar.tsx';
import { MappedCrm } from './create-choice.tsx';
import { createdFields } from './created-fields.ts';
import { HooksByHand } from './hooks.tsx';
import { Connected, LoginForm, type LoginValues, type Report } from './login-form.tsx';
import { MappingTable } from './mapping-table.tsx';
import { useMayConnect } from './may-connect.ts';
import { OptionsForm } from './options-form.tsx';
import { OwnersPart } from './owners.tsx';
import { lastCheckQuery, Preflight } from './preflight.tsx';
import type { Connection, Crm } from './queries.ts';
import { SchemaChanges } from './schema-changes.tsx';
import { TimelineForm } from './timeline-form.tsx';

/** Login details above, field mapping below, as in the article. */
export function ConnectionTab({
  connection,
  crm,
  onAnother,
}: {
  readonly connection: Connection;
  readonly crm: Crm | undefined;
  /** Another account of the same CRM. */
  readonly onAnother: () => void;
}) {
  const mayConnect = useMayConnect();
  const { t } = useTranslation();
  const [report, setReport] = useState<Report | null>(null);
  const { id } = connection;
  const last = useQuery(lastCheckQuery(id));
  const refresh = (): void => {
    for (const key of ['connections', 'last-check', 'owners']) void queryClient.invalidateQueries({ queryKey: [key] });
  };
  const check = useMutation({
    mutationFn: () => api(routes.check, { params: { id } }),
    onSuccess: (answer) => {
      setReport(answer);
      refresh();
    },
    onError: tellError,
  });
  const save = useMutation({
    mutationFn: async ({ baseUrl, credentials }: LoginValues) => {
      const saved = await api(routes.updateConnection, {
        params: { id },
        body: {
          credentials,
          ...(baseUrl === (connection.baseUrl ?? '') ? {} : { baseUrl: baseUrl === '' ? null : baseUrl }),
        },
      });
      // Nobody has authorised yet: there is nothing to be checked.
      return saved.authorization?.state === 'none' ? null : api(routes.check, { params: { id } });
    },
    onSuccess: (answer) => {
      setReport(answer);
      refresh();
    },
    onError: tellError,
  });
  const create = useMutation({
    mutationFn: (keys: readonly string[]) => api(routes.createFields, { params: { id }, body: { keys: [...keys] } }),
    onSuccess: (answer) => {
      const { made, failed } = createdFields(answer.items);
      const label = connection.crmLabel;
      if (made.length > 0) tell(t('schema.created', { crm: label, fields: made.join(', ') }));
      for (const { field, why } of failed) tellError(new Error(t(`schema.createFault.${why}`, { crm: label, field })));
      check.mutate();
    },
    onError: tellError,
  });
  const drop = useMutation({
    mutationFn: () => api(routes.disconnect, { params: { id } }),
    onSuccess: refresh,
    onError: tellError,
  });
  if (crm === undefined) return null;
  const missing = last.data?.missingFields ?? [];
  return (
    <Stack>
      <BacklogBars connection={connection} />
      <Group justify="space-between">
        <Group gap="xs">
          <Title order={2}>{t('crm.login')}</Title>
          {connection.account?.sandbox === true && (
            <Badge color="orange" variant="light">
              {t('crm.sandbox')}
            </Badge>
          )}
          {connection.account?.sandbox === false && !connection.emulated && (
            <Badge color="gray" variant="light">
              {t('preflight.production')}
            </Badge>
          )}
          {connection.account !== null && (
            <Badge color="gray" variant="light">
              {connection.account.name}
            </Badge>
          )}
        </Group>
        <Button
          variant="subtle"
          color="red"
          size="xs"
          disabled={!mayConnect}
          title={mayConnect ? undefined : t('crm.connectAdmin')}
          onClick={() => {
            if (window.confirm(t('crm.disconnectSure', { name: connection.name }))) drop.mutate();
          }}
        >
          {t('crm.disconnect')}
        </Button>
      </Group>
      <AuthorizationState connection={connection} />
      <HooksByHand connection={connection} />
      <Group align="flex-start" gap="xl">
        <LoginForm
          crm={crm}
          name={connection.name}
          baseUrl={connection.baseUrl ?? ''}
          method={connection.credentials.method}
          kept={connection.credentials.set}
          busy={save.isPending}
          label={t('crm.test')}
          onSubmit={(values) => save.mutate(values)}
        />
        <Stack flex="1 1 320px">
          {/* Just now by this button, or by whoever asked last: connecting asks too. */}
          {report === null ? (
            last.data?.ok === true && <Connected account={connection.account} counts={last.data.counts} />
          ) : (
            <Connected account={report.account} counts={report.counts} />
          )}
          <Preflight
            connection={connection}
            without={(code) => connection.authorization !== null && code === 'remote_auth'}
            busy={check.isPending}
            onCheck={() => check.mutate()}
          >
            {missing.length > 0 && (
              <Button
                variant="light"
                size="xs"
                w="fit-content"
                loading={create.isPending}
                onClick={() => {
                  if (window.confirm(t('schema.createSure', { fields: missing.join(', ') }))) create.mutate(missing);
                }}
              >
                {t('crm.createMissing')}
              </Button>
            )}
          </Preflight>
        </Stack>
      </Group>
      <OptionsForm
        key={`options-${connection.version}`}
        connection={connection}
        crm={crm}
        onChecked={(answer) => {
          setReport(answer);
          refresh();
        }}
      />
      {connection.account !== null && <OwnersPart connection={connection} />}
      <Divider />
      {connection.authorization?.state === 'none' && connection.mappings.length === 0 ? (
        <Text c="dimmed">{t('oauth.fieldsLater', { crm: crm.label })}</Text>
      ) : (
        <>
          <SchemaChanges connection={connection} />
          <MappedCrm.Provider value={{ connection, crm }}>
            <MappingTable key={connection.version} connection={connection} crm={crm} />
          </MappedCrm.Provider>
          <Divider />
          <TimelineForm key={`timeline-${connection.version}`} connection={connection} />
        </>
      )}
      <Divider />
      <Button variant="subtle" size="sm" w="fit-content" leftSection={<IconPlus size={16} />} onClick={onAnother}>
        {t('crm.another', { crm: crm.label })}
      </Button>
    </Stack>
  );
}
