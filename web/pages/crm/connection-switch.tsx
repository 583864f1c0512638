import { SegmentedControl } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { crmRoute } from '../../routes.tsx';
import type { Connection } from './queries.ts';

/** With several connections, which one is shown; the history also has all of them. With one there is nothing to switch. */
export function ConnectionSwitch(props: {
  readonly connections: readonly Connection[];
  /** Undefined: all. */
  readonly chosen: string | undefined;
  readonly tab: 'configuration' | 'history';
  readonly withAll?: boolean;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: crmRoute.fullPath });
  if (props.connections.length < 2) return null;
  return (
    <SegmentedControl
      className="wrapping-control"
      value={props.chosen ?? ''}
      onChange={(name) => void navigate({ search: { tab: props.tab, ...(name === '' ? {} : { connection: name }) } })}
      data={[
        ...(props.withAll === true ? [{ value: '', label: t('crm.all') }] : []),
        ...props.connections.map((one) => ({ value: one.name, label: one.name })),
      ]}
      aria-label={t('crm.switch')}
    />
  );
}
