import {
  Anchor,
  Button,
  Group,
  List,
  Modal,
  Paper,
  Progress,
  SimpleGrid,
  Stack,
  Table,
  Text,
  Title,
} from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, routes } from '../../api/client.ts';
import { number, percent } from '../../i18n.ts';
import { tell, tellError } from '../../ui/feedback.tsx';
import { type Imported, importChanged, type OpenedImport } from './queries.ts';

type Act = 'countImport' | 'approveImport' | 'stopImport' | 'undoImport';

/** Begins or stops something with this list. */
function useAct(id: string) {
  return useMutation({
    mutationFn: (act: Act) => api(routes[act], { params: { id } }),
    onSuccess: () => importChanged(id),
    onError: (error) => {
      importChanged(id);
      tellError(error);
    },
  });
}

function Counts({ counts }: { readonly counts: Imported['counts'] }) {
  const { t } = useTranslation();
  return (
    <SimpleGrid cols={{ base: 2, xs: 4 }} maw={640}>
      {(['created', 'updated', 'unchanged', 'refused'] as const).map((key) => (
        <div key={key}>
          <Text size="xl" fw={700} {...(key === 'refused' && counts.refused > 0 ? { c: 'red' } : {})}>
            {number(counts[key])}
          </Text>
          <Text size="sm" c="dimmed">
            {t(`imports.${key}`)}
          </Text>
        </div>
      ))}
    </SimpleGrid>
  );
}

/** How far it is, live, and a way to stop it. */
export function ProgressPanel({ one }: { readonly one: OpenedImport }) {
  const { t } = useTranslation();
  const act = useAct(one.id);
  const { position, total, counts } = one;
  const isUndoing = one.status === 'undoing';
  const share = total === null || total === 0 || isUndoing ? 100 : (100 * position) / total;
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Progress value={share} animated striped={share === 100} aria-label={t(`imports.status.${one.status}`)} />
        {isUndoing ? (
          <Undone one={one} />
        ) : (
          <>
            <Text size="sm">
              {total === null
                ? t('imports.progressOpen', { done: number(position) })
                : t('imports.progress', { done: number(position), total: number(total) })}
            </Text>
            <Counts counts={counts} />
          </>
        )}
        <Group>
          <Button variant="default" loading={act.isPending} onClick={() => act.mutate('stopImport')}>
            {t('imports.stop')}
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}

/** What it would do, once that was counted, and who would then enter which CRM at what cost. */
export function CountPanel({ one, isSaving }: { readonly one: OpenedImport; readonly isSaving: boolean }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const act = useAct(one.id);
  const discard = useMutation({
    mutationFn: () => api(routes.discardImport, { params: { id: one.id } }),
    onSuccess: () => {
      importChanged(one.id);
      tell(t('imports.discarded'));
      void navigate({ to: '/contacts/import' } as never);
    },
    onError: tellError,
  });
  const isCounted = one.status === 'counted';
  const hasEmail = one.settings.columns.some((column) => column.target === 'email');
  const rows = one.counts.rows - one.counts.refused;
  return (
    <Paper withBorder p="md">
      <Stack>
        {isCounted && (
          <>
            <Title order={2} size="h4">
              {t('imports.would')}
            </Title>
            <Counts counts={one.counts} />
            <Crms crms={one.crms ?? []} />
            <Refused one={one} />
          </>
        )}
        <Group>
          {isCounted && (
            <Button disabled={rows === 0} loading={act.isPending} onClick={() => act.mutate('approveImport')}>
              {t('imports.start', { count: rows })}
            </Button>
          )}
          <Button
            variant={isCounted ? 'default' : 'filled'}
            disabled={!hasEmail || isSaving}
            title={hasEmail ? undefined : t('imports.noEmail')}
            loading={act.isPending && !isCounted}
            onClick={() => act.mutate('countImport')}
          >
            {t(isCounted ? 'imports.countAgain' : 'imports.count')}
          </Button>
          <Button variant="subtle" color="gray" loading={discard.isPending} onClick={() => discard.mutate()}>
            {t('imports.discard')}
          </Button>
        </Group>
        {!isCounted && (
          <Text size="sm" c="dimmed">
            {t('imports.countHint')}
          </Text>
        )}
      </Stack>
    </Paper>
  );
}

function Crms({ crms }: { readonly crms: NonNullable<Imported['crms']> }) {
  const { t } = useTranslation();
  return (
    <div>
      <Text fw={600} size="sm">
        {t('imports.crms')}
      </Text>
      {crms.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('imports.noCrm')}
        </Text>
      )}
      <List size="sm">
        {crms.map((crm) => (
          <List.Item key={crm.connection}>
            {[
              `${crm.connection}: ${[
                ...(crm.enter > 0 ? [t('imports.enter', { count: crm.enter })] : []),
                ...(crm.update > 0 ? [t('imports.update', { count: crm.update })] : []),
              ].join(', ')}`,
              t('imports.calls', { count: crm.calls }),
              ...(crm.ofDailyQuota === null ? [] : [t('imports.ofDay', { share: percent(crm.ofDailyQuota) })]),
            ].join(' · ')}
          </List.Item>
        ))}
      </List>
    </div>
  );
}

function Refused({ one }: { readonly one: OpenedImport }) {
  const { t } = useTranslation();
  if (one.counts.refused === 0) return null;
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        {t('imports.refusedTitle')}
      </Title>
      <Text size="sm" c="dimmed">
        {t('imports.refusedHint')}
      </Text>
      <Anchor href={`/api/v1/imports/${one.id}/rejected.csv`} download size="sm">
        <Group gap={6} component="span">
          <IconDownload size={16} />
          {t('imports.download')}
        </Group>
      </Anchor>
      <div className="table-wrap">
        <Table verticalSpacing={6} miw={560}>
          <Table.Tbody>
            {one.refused.map((row) => (
              <Table.Tr key={row.line}>
                <Table.Td c="dimmed" w={70}>
                  {number(row.line)}
                </Table.Td>
                <Table.Td>
                  <Text size="sm" truncate maw={360}>
                    {row.cells.filter((cell) => cell !== '').join(' · ')}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <Text size="sm" c="red">
                    {row.problems
                      .map((problem) => `${problem.column === null ? '' : `${problem.column}: `}${problem.message}`)
                      .join(' ')}
                  </Text>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {one.counts.refused > one.refused.length && (
        <Text size="sm" c="dimmed">
          {t('imports.downloadShown', { count: one.refused.length })}
        </Text>
      )}
    </Stack>
  );
}

function Undone({ one }: { readonly one: OpenedImport }) {
  const { t } = useTranslation();
  const { undone } = one;
  if (undone === null) return null;
  return (
    <List size="sm">
      {(['removed', 'kept', 'fields', 'keptFields'] as const)
        .filter((key) => undone[key] > 0)
        .map((key) => (
          <List.Item key={key}>{t(`imports.${key}`, { count: undone[key] })}</List.Item>
        ))}
    </List>
  );
}

/** What it did, the rows that were refused, and the way back. */
export function ReportPanel({ one }: { readonly one: OpenedImport }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const act = useAct(one.id);
  const isStopped = one.status === 'stopped';
  return (
    <Paper withBorder p="md">
      <Stack>
        <Title order={2} size="h4">
          {t('imports.did')}
        </Title>
        <Counts counts={one.counts} />
        {isStopped && (
          <Text size="sm" c="dimmed">
            {t('imports.stoppedHint')}
          </Text>
        )}
        <Undone one={one} />
        <Group>
          {isStopped && one.hasFile && one.undone === null && (
            <Button loading={act.isPending} onClick={() => act.mutate('approveImport')}>
              {t('imports.goOn')}
            </Button>
          )}
          {one.status !== 'undone' && (
            <Button variant="default" onClick={() => setAsking(true)}>
              {t('imports.undo')}
            </Button>
          )}
          <Anchor component={Link} {...({ to: '/contacts' } as object)} size="sm">
            {t('imports.contacts')}
          </Anchor>
        </Group>
        <Refused one={one} />
      </Stack>
      <Modal opened={asking} onClose={() => setAsking(false)} title={t('imports.undoTitle')}>
        <Stack>
          <Text size="sm">{t('imports.undoText')}</Text>
          <Button
            color="red"
            loading={act.isPending}
            onClick={() => {
              setAsking(false);
              act.mutate('undoImport');
            }}
          >
            {t('imports.undoConfirm')}
          </Button>
        </Stack>
      </Modal>
    </Paper>
  );
}
