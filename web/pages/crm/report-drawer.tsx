import { Drawer, SegmentedControl, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, routes } from '../../api/client.ts';
import { number, when } from '../../i18n.ts';
import { crmRoute } from '../../routes.tsx';
import { Failed, Loading } from '../../ui/feedback.tsx';
import { People } from './run-drawer.tsx';

const OUTCOMES = ['created', 'updated', 'rejected'] as const;

/** Where the figures of a mail lead: the people behind them, over all the synchronisations that the mail told about. */
export function ReportDrawer(props: {
  readonly reportId: string;
  readonly direction: string | undefined;
  readonly outcome: string | undefined;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: crmRoute.fullPath });
  const report = useQuery({
    queryKey: ['report', props.reportId],
    queryFn: () => api(routes.report, { params: { id: props.reportId } }),
  });
  const halves = report.data?.directions ?? [];
  const half = halves.find((one) => one.direction === props.direction) ?? halves[0];
  const outcome = OUTCOMES.find((one) => one === props.outcome) ?? 'created';
  const name = report.data?.connection ?? '';
  const go = (search: { direction?: string; outcome?: string }) =>
    void navigate({ search: (before) => ({ ...before, ...search }) });
  return (
    <Drawer
      opened
      onClose={props.onClose}
      position="right"
      size="xl"
      title={half === undefined ? t('history.people') : t(`history.${half.direction}`, { name })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack>
        {report.error !== null && <Failed error={report.error} />}
        {report.isPending && <Loading />}
        {halves.length > 1 && half !== undefined && (
          <SegmentedControl
            className="wrapping-control"
            value={half.direction}
            onChange={(direction) => go({ direction })}
            data={halves.map((one) => ({ value: one.direction, label: t(`history.${one.direction}`, { name }) }))}
          />
        )}
        {half !== undefined && report.data !== undefined && (
          <>
            <SegmentedControl
              className="wrapping-control"
              value={outcome}
              onChange={(value) => go({ outcome: value })}
              data={OUTCOMES.map((value) => ({
                value,
                label: `${number(half.counts[value])} ${t(`history.${value}`, { count: half.counts[value] })}`,
              }))}
              aria-label={t('history.people')}
            />
            <Text size="sm" c="dimmed">
              {t('outbox.synchronisations', {
                count: half.runs,
                from: when(report.data.from, ''),
                to: when(report.data.to, ''),
              })}
            </Text>
            <People
              run={{ ...report.data, direction: half.direction, dryRun: false }}
              listKey={['report-items', props.reportId, half.direction, outcome]}
              page={(query) =>
                api(routes.reportItems, {
                  params: { id: props.reportId },
                  query: { direction: half.direction, outcome, ...query },
                })
              }
            />
          </>
        )}
      </Stack>
    </Drawer>
  );
}
