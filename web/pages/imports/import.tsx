import { Alert, Anchor, Group, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { importRoute } from '../../routes.tsx';
import { Failed, Loading } from '../../ui/feedback.tsx';
import { ImportColumns } from './import-columns.tsx';
import { ImportGround } from './import-ground.tsx';
import { ImportLayout } from './import-layout.tsx';
import { CountPanel, ProgressPanel, ReportPanel } from './import-panels.tsx';
import { StatusBadge } from './imports.tsx';
import { importQuery, isActive } from './queries.ts';
import { useSettings } from './use-settings.ts';

/** One list, from how it is read to what came of it. */
export function ImportPage() {
  const { t } = useTranslation();
  const { id } = importRoute.useParams();
  const found = useQuery({
    ...importQuery(id),
    refetchInterval: (query) => (isActive(query.state.data) ? 700 : false),
  });
  const { change, isSaving } = useSettings(id);
  const one = found.data;
  if (found.error !== null) return <Failed error={found.error} retry={() => void found.refetch()} />;
  if (one === undefined) return <Loading />;
  const isOpen = one.hasFile && (one.status === 'draft' || one.status === 'counted');
  return (
    <Stack>
      <Anchor component={Link} {...({ to: '/contacts/import' } as object)} size="sm">
        {t('imports.all')}
      </Anchor>
      <Group gap="sm">
        <Title order={1} style={{ overflowWrap: 'anywhere' }}>
          {one.name}
        </Title>
        <StatusBadge status={one.status} />
      </Group>
      {one.error !== null && (
        <Alert color="red" icon={<IconAlertTriangle size={18} />}>
          <Text size="sm">{one.error}</Text>
        </Alert>
      )}
      {isActive(one) && <ProgressPanel one={one} />}
      {isOpen && one.status === 'counted' && <CountPanel one={one} isSaving={isSaving} />}
      {isOpen && (
        <>
          <ImportLayout settings={one.settings} onChange={change} />
          <ImportColumns one={one} onChange={change} />
          <ImportGround settings={one.settings} onChange={change} />
          {one.status !== 'counted' && <CountPanel one={one} isSaving={isSaving} />}
        </>
      )}
      {['stopped', 'failed', 'done', 'undone'].includes(one.status) && <ReportPanel one={one} />}
    </Stack>
  );
}
