import { Group, Stack, Text, UnstyledButton } from '@mantine/core';
import { IconCheck, IconChevronRight, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { api, routes } from '../../api/client.ts';

type Gates = z.output<typeof routes.why.response>['items'][number];

/** What stands between a person and each CRM: the closed gates with the smallest change that would open them; all of them on demand. */
export function GateList({ id, name }: { readonly id: string; readonly name: string }) {
  const why = useQuery({ queryKey: ['why', id], queryFn: () => api(routes.why, { params: { id } }) });
  return (
    <Stack gap="xs">
      {why.data?.items.map((one) => (
        <OneCrm key={one.connection} gates={one} name={name} />
      ))}
    </Stack>
  );
}

function OneCrm({ gates, name }: { readonly gates: Gates; readonly name: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const closed = gates.gates.filter((gate) => !gate.passed);
  const title =
    closed.length === 0
      ? t('story.gatesOpen', { name, connection: gates.connection })
      : t('story.gatesClosed', { name, connection: gates.connection, count: closed.length });
  return (
    <Stack gap={4} data-gates={gates.connection}>
      <UnstyledButton
        onClick={() => setOpen(!open)}
        aria-expanded={open}
        aria-label={`${title} ${t('story.allGates')}`}
      >
        <Group gap={4} wrap="nowrap">
          <IconChevronRight size={14} className="turning" data-open={open || undefined} aria-hidden />
          <Text size="sm">{title}</Text>
        </Group>
      </UnstyledButton>
      {(open ? gates.gates : closed).map((gate) => (
        <Group key={gate.message} gap={6} wrap="nowrap" align="flex-start" pl={18}>
          {gate.passed ? (
            <IconCheck size={16} color="var(--mantine-color-green-6)" aria-hidden />
          ) : (
            <IconX size={16} color="var(--mantine-color-orange-6)" aria-hidden />
          )}
          <Stack gap={0}>
            <Text size="sm">{gate.message}</Text>
            {gate.fix !== null && (
              <Text size="sm" c="dimmed">
                {gate.fix}
              </Text>
            )}
          </Stack>
        </Group>
      ))}
    </Stack>
  );
}
