import { Alert, Button, Group, Paper, Stack, Switch, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { ago, when } from '../../i18n.ts';
import { crmRoute } from '../../routes.tsx';
import { tellError } from '../../ui/feedback.tsx';
import { Light } from '../../ui/mark.tsx';
import { ConnectButton } from './authorization.tsx';
import { HowChangesCome } from './hooks.tsx';
import { ParityFact } from './parity-fact.tsx';
import type { Connection, Crm } from './queries.ts';

/** Why it can't be saved ON, as a message key; null: it can. */
export function whyNotOn(
  connection: Connection,
  crm: Pick<Crm, 'options'>,
  values: { readonly leads: boolean; readonly contacts: boolean; readonly exportOn: boolean },
): 'checkFirst' | 'tickFirst' | 'chooseFirst' | null {
  if (connection.account === null || ['auth', 'other_account'].includes(connection.pausedReason ?? ''))
    return 'checkFirst';
  if (values.exportOn && isUndecided(connection, crm) && !(connection.enabled && connection.export.enabled))
    return 'chooseFirst';
  return values.leads || values.contacts || values.exportOn ? null : 'tickFirst';
}

/** An option that has to be chosen by somebody has not been (Salesforce: the assignment rule). */
export const isUndecided = (connection: Connection, { options }: Pick<Crm, 'options'>): boolean =>
  options.some(({ required, key }) => required && connection.options[key] === undefined);

/** The switch, and the light with the truth: what it is like, why, since when, and what to do. */
export function OnOff(props: {
  readonly connection: Connection;
  readonly enabled: boolean;
  readonly whyNot: ReturnType<typeof whyNotOn>;
  readonly onChange: (on: boolean) => void;
}) {
  const { t } = useTranslation();
  const { connection } = props;
  const { health } = connection;
  const { everyMinutes: minutes } = connection.schedule;
  const every =
    minutes % 60 === 0
      ? t('configuration.everyHours', { count: minutes / 60 })
      : t('configuration.everyMinutes', { count: minutes });
  const oldest = [health.oldestWaiting.toCrm, health.oldestWaiting.toHub].filter((one) => one !== null).sort()[0];
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" align="flex-start" wrap="wrap">
        <Group gap="md" align="flex-start" flex="1 1 340px">
          <Switch
            size="xl"
            onLabel={t('crm.on')}
            offLabel={t('crm.off')}
            checked={props.enabled}
            onChange={(event) => props.onChange(event.currentTarget.checked)}
            aria-label={t('crm.onOff')}
            aria-describedby="why-not-on"
            disabled={props.whyNot !== null && !props.enabled}
          />
          <Stack gap={2} flex={1}>
            <Group gap={8}>
              <Light light={health.light} label={t(`light.${health.light}`)} />
              <Text fw={600}>{t(`light.${health.light}`)}</Text>
              {health.since !== null && connection.enabled && (
                <Text size="sm" c="dimmed">
                  {t('configuration.since', { when: when(health.since, '') })}
                </Text>
              )}
            </Group>
            <Text size="sm" c="dimmed">
              {t('configuration.whatRuns', { every })}
            </Text>
          </Stack>
        </Group>
        <dl className="facts">
          <dt>{t('crm.lastRun')}</dt>
          <dd>{when(health.lastRun?.endedAt ?? null, t('common.never'))}</dd>
          <dt>{t('crm.nextRun')}</dt>
          <dd>{when(health.nextRunAt, '–')}</dd>
          <dt>{t('hooks.title')}</dt>
          <dd>
            <HowChangesCome connection={connection} every={every} />
          </dd>
          <dt>{t('parity.fact')}</dt>
          <dd>
            <ParityFact connection={connection} />
          </dd>
          <dt>{t('crm.oldest')}</dt>
          <dd>
            {oldest === undefined
              ? t('crm.nothingWaits')
              : `${ago(oldest)}, ${t('configuration.waiting', { count: health.waiting })}`}
          </dd>
        </dl>
      </Group>
      <Text id="why-not-on" size="sm" mt={props.whyNot === null && props.enabled === connection.enabled ? 0 : 'sm'}>
        {props.whyNot !== null && !(connection.enabled && props.whyNot === 'checkFirst')
          ? t(`configuration.${props.whyNot}`)
          : props.enabled && !connection.enabled
            ? t('configuration.firstRun')
            : ''}
      </Text>
      {props.whyNot === 'chooseFirst' && <ToTab connection={connection} />}
      <Trouble connection={connection} />
    </Paper>
  );
}

/** The way to what has to be chosen. */
function ToTab({ connection }: { readonly connection: Connection }) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: crmRoute.fullPath });
  return (
    <Button size="xs" variant="light" mt="xs" onClick={() => void navigate({ search: { tab: connection.name } })}>
      {t('configuration.openTab', { name: connection.name })}
    </Button>
  );
}

/** Amber and red say why and what to do, with the button that does it. */
function Trouble({ connection }: { readonly connection: Connection }) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: crmRoute.fullPath });
  const { health } = connection;
  const refresh = () => void queryClient.invalidateQueries({ queryKey: ['connections'] });
  const resume = useMutation({
    mutationFn: () =>
      api(connection.pausedReason === 'undone' ? routes.goOn : routes.resumeConnection, {
        params: { id: connection.id },
      }),
    onSuccess: refresh,
    onError: tellError,
  });
  const check = useMutation({
    mutationFn: () => api(routes.check, { params: { id: connection.id } }),
    onSuccess: refresh,
    onError: tellError,
  });
  const { why } = health;
  if (why === null || (health.light !== 'red' && health.light !== 'amber')) return null;
  const moment = (name: string): string => {
    const at = health.whyParams[name];
    return typeof at === 'number' ? when(new Date(at).toISOString(), '') : '–';
  };
  const params = { ...health.whyParams, resumes: moment('resumesAt'), due: moment('dueAt') };
  // The browser mends it with one click; there is nothing to be typed.
  const mayConnect = connection.authorization !== null && ['auth', 'error_auth', 'never_checked'].includes(why);
  const said = mayConnect ? (why === 'never_checked' ? 'notAuthorised' : 'authorise') : why;
  // With `todo` it is a failure of the CRM as a whole, which the server tells in our words.
  const failed = health.whyParams['todo'] === undefined || said === 'notAuthorised' ? null : health.whyParams;
  const todo =
    failed === null || mayConnect || why === 'quota'
      ? t(`configuration.todo.${mayConnect ? said : why}`, { ...params, defaultValue: '' })
      : failed['todo'];
  // R50: a run of this connection waits for a person; R38: a run was undone.
  const held = health.whyParams['run'];
  const toRun = (run: string) => void navigate({ search: { tab: 'history', connection: connection.name, run } });
  const toLogin = () => void navigate({ search: { tab: connection.name } });
  return (
    <Alert mt="md" color={health.light === 'red' ? 'red' : 'orange'} role="status">
      <Text size="sm" fw={600}>
        {failed === null
          ? t(`why.${said}`, { ...params, context: String(health.whyParams['what'] ?? ''), defaultValue: why })
          : failed['message']}
      </Text>
      <Text size="sm">{todo}</Text>
      <Group gap="xs" mt="xs">
        {typeof held === 'string' ? (
          <>
            {connection.pausedReason === 'undone' && (
              <Button size="xs" variant="light" loading={resume.isPending} onClick={() => resume.mutate()}>
                {t('configuration.goOn')}
              </Button>
            )}
            <Button size="xs" variant="light" onClick={() => toRun(held)}>
              {t(connection.pausedReason === 'undone' ? 'undo.lookAt' : 'guard.lookAt')}
            </Button>
          </>
        ) : why === 'schema' ? (
          <Button size="xs" variant="light" onClick={toLogin}>
            {t('schema.open')}
          </Button>
        ) : ['auth', 'other_account', 'never_checked'].includes(why) || why.startsWith('error_') ? (
          <>
            {mayConnect && <ConnectButton connection={connection} size="xs" />}
            <Button size="xs" variant="light" onClick={toLogin}>
              {t('configuration.openLogin')}
            </Button>
            <Button size="xs" variant="light" loading={check.isPending} onClick={() => check.mutate()}>
              {t('configuration.checkNow')}
            </Button>
          </>
        ) : (
          connection.pausedReason !== null &&
          connection.pausedReason !== 'quota' && (
            <Button size="xs" variant="light" loading={resume.isPending} onClick={() => resume.mutate()}>
              {t('configuration.goOn')}
            </Button>
          )
        )}
      </Group>
    </Alert>
  );
}
