import { Stack, Tabs, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { meQuery, settingsRoute } from '../../routes.tsx';
import { Empty } from '../../ui/feedback.tsx';
import { AuditLog } from './audit-log.tsx';
import { Fields } from './fields.tsx';
import { Instance } from './instance.tsx';
import { Keys } from './keys.tsx';
import { Lists } from './lists.tsx';
import { Outbox } from './outbox.tsx';
import { ScoreSettings } from './score-rules.tsx';
import { SignOn } from './sign-on.tsx';
import { Users } from './users.tsx';
import { Webhooks } from './webhooks.tsx';

interface Tab {
  readonly key: string;
  readonly label: string;
  /** Who may see it. */
  readonly scope: 'admin' | 'hub:write';
  readonly page: ReactNode;
}

/** What the instance is set to; each tab has an address, so that a mail can point at it. */
export function SettingsPage() {
  const { t } = useTranslation();
  const { tab } = settingsRoute.useSearch();
  const navigate = useNavigate();
  const { data: me } = useQuery(meQuery);
  const all: readonly Tab[] = [
    { key: 'users', label: t('settings.users'), scope: 'admin', page: <Users /> },
    { key: 'sign-in', label: t('signOn.tab'), scope: 'admin', page: <SignOn /> },
    { key: 'keys', label: t('settings.keys'), scope: 'admin', page: <Keys /> },
    { key: 'fields', label: t('lists.fieldsTab'), scope: 'hub:write', page: <Fields /> },
    { key: 'lists', label: t('lists.tab'), scope: 'hub:write', page: <Lists /> },
    { key: 'score', label: t('settings.rules'), scope: 'hub:write', page: <ScoreSettings /> },
    { key: 'instance', label: t('settings.instance'), scope: 'admin', page: <Instance /> },
    { key: 'mail', label: t('outbox.tab'), scope: 'admin', page: <Outbox /> },
    { key: 'webhooks', label: t('webhooks.tab'), scope: 'admin', page: <Webhooks /> },
    { key: 'audit', label: t('settings.audit'), scope: 'admin', page: <AuditLog /> },
  ];
  const tabs = all.filter((one) => me?.scopes.includes(one.scope) === true);
  const open = tabs.find((one) => one.key === tab) ?? tabs[0];
  return (
    <Stack>
      <Title order={1}>{t('app.settings')}</Title>
      {me !== undefined && tabs.length === 0 && (
        <Empty title={t('settings.notYours')} text={t('settings.notYoursText')} />
      )}
      <Tabs
        value={open?.key ?? null}
        onChange={(key) => void navigate({ to: '/settings', search: { tab: key ?? 'users' } })}
        keepMounted={false}
      >
        <Tabs.List>
          {tabs.map((one) => (
            <Tabs.Tab key={one.key} value={one.key}>
              {one.label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map((one) => (
          <Tabs.Panel key={one.key} value={one.key} pt="md">
            {one.page}
          </Tabs.Panel>
        ))}
      </Tabs>
    </Stack>
  );
}
