import { Alert, Button, Checkbox, Group, Popover, Stack, Table, Text } from '@mantine/core';
import { IconShieldPause } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { number } from '../../i18n.ts';
import { tell, tellError } from '../../ui/feedback.tsx';
import type { Run } from './queries.ts';

type Guard = NonNullable<Run['guard']>;
type Effect = Guard['effects'][number];

/** Why a run waits for a person, in words. */
export function useGuardSentence(): (guard: Guard) => string {
  const { t } = useTranslation();
  return (guard) => {
    const [first] = guard.effects;
    const what =
      guard.reason === 'differs' ? 'differs' : guard.reason === 'mass_deletion' ? 'deleted' : (first ?? 'created');
    return t(`guard.why.${what === 'blanked' || what === 'differs' || what === 'deleted' ? what : 'created'}`, {
      count: number(guard.count) as never,
      max: number(guard.max),
      linked: number(guard.linked),
    });
  };
}

/** A run that waits: why, what it would do, and the ways to decide. */
export function GuardPanel({
  run,
  guard,
  onDone,
}: {
  readonly run: Run;
  readonly guard: Guard;
  readonly onDone: () => void;
}) {
  const { t } = useTranslation();
  const sentence = useGuardSentence();
  return (
    <Alert color="orange" icon={<IconShieldPause size={20} />} title={t('guard.title')}>
      <Stack gap="sm">
        <Text size="sm">
          {sentence(guard)} {guard.reason === 'differs' ? '' : t('guard.nothing')}
        </Text>
        {guard.waiting !== null && guard.waiting > 0 && (
          <Text size="sm">
            {t(run.direction === 'toCrm' ? 'guard.waitingCrm' : 'guard.waitingHub', { waiting: number(guard.waiting) })}
          </Text>
        )}
        <Effects guard={guard} />
        {guard.fields.length > 0 && <Fields guard={guard} />}
        <Decide run={run} guard={guard} onDone={onDone} />
      </Stack>
    </Alert>
  );
}

const EFFECTS: readonly Effect[] = ['created', 'overwritten', 'blanked', 'unlinked', 'deleted'];

function Effects({ guard }: { readonly guard: Guard }) {
  const { t } = useTranslation();
  return (
    <Group gap="lg">
      {EFFECTS.filter((effect) => guard.mass[effect] > 0).map((effect) => (
        <Text key={effect} size="sm">
          <b>{number(guard.mass[effect])}</b> {t('guard.would', { outcome: t(`guard.effect.${effect}`) })}
        </Text>
      ))}
    </Group>
  );
}

function Fields({ guard }: { readonly guard: Guard }) {
  const { t } = useTranslation();
  return (
    <Table fz="xs" w="fit-content" verticalSpacing={2}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('guard.fields')}</Table.Th>
          <Table.Th ta="right">{t('guard.fieldOverwritten')}</Table.Th>
          <Table.Th ta="right">{t('guard.fieldBlanked')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {guard.fields.slice(0, 8).map((one) => (
          <Table.Tr key={one.field}>
            <Table.Td>{t(`field.${one.field}`, { defaultValue: one.field })}</Table.Td>
            <Table.Td ta="right">{number(one.overwritten)}</Table.Td>
            <Table.Td ta="right">{number(one.blanked)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** Approve, narrow, look again or drop. */
function Decide({ run, guard, onDone }: { readonly run: Run; readonly guard: Guard; readonly onDone: () => void }) {
  const { t } = useTranslation();
  const after = (message: string) => () => {
    tell(message);
    for (const key of ['runs', 'run', 'items', 'connections']) void queryClient.invalidateQueries({ queryKey: [key] });
    onDone();
  };
  const approve = useMutation({
    mutationFn: (leaveOut: readonly Effect[]) =>
      api(routes.approve, { params: { id: run.id }, body: { leaveOut: [...leaveOut] } }),
    onSuccess: after(t('guard.going')),
    onError: tellError,
  });
  const again = useMutation({
    mutationFn: () => api(routes.resumeRun, { params: { id: run.id } }),
    onSuccess: after(t('guard.going')),
    onError: tellError,
  });
  const drop = useMutation({
    mutationFn: () => api(routes.cancel, { params: { id: run.id } }),
    onSuccess: after(t('guard.dropped')),
    onError: tellError,
  });
  return (
    <Stack gap={6}>
      <Group gap="xs">
        <Button size="xs" loading={approve.isPending} onClick={() => approve.mutate([])}>
          {t('guard.approve')}
        </Button>
        <Narrow guard={guard} busy={approve.isPending} onGo={(leaveOut) => approve.mutate(leaveOut)} />
        <Button size="xs" variant="default" loading={again.isPending} onClick={() => again.mutate()}>
          {t('guard.again')}
        </Button>
        <Button size="xs" variant="subtle" color="red" loading={drop.isPending} onClick={() => drop.mutate()}>
          {t('guard.drop')}
        </Button>
      </Group>
      {(['approve', 'again', 'drop'] as const).map((way) => (
        <Text key={way} size="xs">
          <b>{t(`guard.${way}`)}</b>: {t(`guard.${way}Help`)}
        </Text>
      ))}
    </Stack>
  );
}

/** Effects that can be left out: what is gone in the CRM is gone. */
const NARROWABLE: readonly Effect[] = ['created', 'overwritten', 'blanked'];

function Narrow(props: {
  readonly guard: Guard;
  readonly busy: boolean;
  readonly onGo: (leaveOut: readonly Effect[]) => void;
}) {
  const { t } = useTranslation();
  const [leftOut, setLeftOut] = useState<readonly Effect[]>([]);
  const offered = NARROWABLE.filter((effect) => props.guard.mass[effect] > 0);
  if (offered.length === 0) return null;
  const toggle = (effect: Effect): void =>
    setLeftOut(leftOut.includes(effect) ? leftOut.filter((one) => one !== effect) : [...leftOut, effect]);
  return (
    <Popover width={340} position="bottom-start" shadow="md" withArrow trapFocus>
      <Popover.Target>
        <Button size="xs" variant="default">
          {t('guard.narrow')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          <Text size="xs">{t('guard.narrowHelp')}</Text>
          {offered.map((effect) => (
            <Checkbox
              key={effect}
              size="sm"
              checked={!leftOut.includes(effect)}
              onChange={() => toggle(effect)}
              label={`${number(props.guard.mass[effect])} ${t('guard.would', { outcome: t(`guard.effect.${effect}`) })}`}
            />
          ))}
          <Button size="xs" disabled={leftOut.length === 0} loading={props.busy} onClick={() => props.onGo(leftOut)}>
            {t('guard.narrowGo')}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
