import { Badge, Tabs, Title, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { crmRoute } from '../../routes.tsx';
import { Empty, Failed, Loading } from '../../ui/feedback.tsx';
import { Light, Mark } from '../../ui/mark.tsx';
import { useInView } from '../../ui/use-in-view.ts';
import { ConfigurationTab } from './configuration.tsx';
import { ConnectionTab } from './connection-tab.tsx';
import { WithGuide } from './guide-panel.tsx';
import { HistoryTab } from './history.tsx';
import { NewConnection } from './new-connection.tsx';
import type { Found } from './paste-login.tsx';
import { connectionsQuery, crmsQuery } from './queries.ts';
import { ZapierTab } from './zapier.tsx';

/** The article's page: Configuration, History, a tab for each connection, the CRMs not yet connected in grey, Zapier. */
export function CrmPage() {
  const { t } = useTranslation();
  const search = crmRoute.useSearch();
  const navigate = useNavigate({ from: crmRoute.fullPath });
  const connections = useQuery(connectionsQuery);
  const crms = useQuery(crmsQuery);
  const [found, setFound] = useState<Found>(null);
  const isReady = connections.data !== undefined && crms.data !== undefined;
  const row = useInView<HTMLDivElement>(isReady ? (search.tab ?? 'configuration') : '', '[role="tab"][data-active]');
  if (connections.error !== null) return <Failed error={connections.error} retry={() => void connections.refetch()} />;
  if (connections.data === undefined || crms.data === undefined) return <Loading />;
  const list = connections.data.items;
  // Of a CRM that is connected the tab for one more account comes with the button on its connection's tab.
  const free = crms.data.items.filter(
    (crm) => !list.some((one) => one.crm === crm.id) || (crm.supported && search.tab === `new-${crm.id}`),
  );
  const known = [
    'configuration',
    'history',
    'zapier',
    ...list.map((one) => one.name),
    ...free.map((crm) => `new-${crm.id}`),
  ];
  // An old link may name a connection that was renamed or removed.
  const tab = search.tab !== undefined && known.includes(search.tab) ? search.tab : 'configuration';
  const show = (value: string | null): void =>
    void navigate({
      search: (before) => ({
        ...(before.connection === undefined ? {} : { connection: before.connection }),
        tab: value ?? 'configuration',
      }),
    });
  const go = (value: string | null): void => {
    setFound(null);
    show(value);
  };
  /** Of another CRM than the tab's: its tab opens with it. */
  const take = (next: Found): void => {
    setFound(next);
    const crm = typeof next === 'string' ? undefined : crms.data?.items.find((one) => one.id === next?.crm);
    if (crm?.supported === true) show(`new-${crm.id}`);
  };
  return (
    <>
      <Title order={1} mb="md">
        {t('crm.title')}
      </Title>
      <Tabs value={tab} onChange={go} keepMounted={false}>
        <Tabs.List mb="lg" className="crm-tabs" ref={row}>
          <Tabs.Tab value="configuration">{t('crm.configuration')}</Tabs.Tab>
          <Tabs.Tab value="history">{t('crm.history')}</Tabs.Tab>
          {list.map((one) => (
            <Tabs.Tab
              key={one.id}
              value={one.name}
              leftSection={<Mark id={one.crm} label={one.crmLabel} />}
              rightSection={<Light light={one.health.light} label={t(`light.${one.health.light}`)} />}
            >
              {one.name === one.crm ? one.crmLabel : one.name}
              {one.emulated && (
                <Badge ml={6} size="xs" variant="light" color="gray">
                  {t('crm.emulated')}
                </Badge>
              )}
            </Tabs.Tab>
          ))}
          {free.map((crm) => (
            <Tooltip key={crm.id} label={t('crm.notYet')} disabled={crm.supported}>
              <Tabs.Tab
                value={`new-${crm.id}`}
                disabled={!crm.supported}
                c="dimmed"
                leftSection={<Mark id={crm.id} label={crm.label} muted />}
              >
                {list.some((one) => one.crm === crm.id) ? t('crm.anotherTab', { crm: crm.label }) : crm.label}
              </Tabs.Tab>
            </Tooltip>
          ))}
          <Tabs.Tab value="zapier" c="dimmed" leftSection={<Mark id="zapier" label="Z" muted />}>
            {t('crm.zapier')}
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="configuration">
          {list.length === 0 ? (
            <Empty title={t('crm.emptyTitle')} text={t('crm.emptyText')} />
          ) : (
            <ConfigurationTab connections={list} crms={crms.data.items} chosen={search.connection} />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="history">
          {list.length === 0 ? (
            <Empty title={t('crm.emptyTitle')} text={t('crm.emptyText')} />
          ) : (
            <HistoryTab connections={list} chosen={search.connection} />
          )}
        </Tabs.Panel>
        {list.map((one) => (
          <Tabs.Panel key={one.id} value={one.name}>
            <WithGuide crm={one.crm} label={one.crmLabel} isNew={false}>
              <ConnectionTab
                connection={one}
                crm={crms.data.items.find((crm) => crm.id === one.crm)}
                onAnother={() => go(`new-${one.crm}`)}
              />
            </WithGuide>
          </Tabs.Panel>
        ))}
        {free
          .filter((crm) => crm.supported)
          .map((crm) => (
            <Tabs.Panel key={crm.id} value={`new-${crm.id}`}>
              <WithGuide crm={crm.id} label={crm.label} isNew>
                <NewConnection crm={crm} taken={list.map((one) => one.name)} found={found} onFound={take} onMade={go} />
              </WithGuide>
            </Tabs.Panel>
          ))}
        <Tabs.Panel value="zapier">
          <ZapierTab />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
