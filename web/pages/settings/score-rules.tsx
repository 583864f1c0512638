import { ActionIcon, Button, Group, Paper, Popover, Stack, Switch, Table, Text, Title } from '@mantine/core';
import { IconPencil, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, routes } from '../../api/client.ts';
import { meQuery } from '../../routes.tsx';
import { Failed, Loading, tellError } from '../../ui/feedback.tsx';
import { useFieldName } from '../crm/field-name.ts';
import { useFieldValue } from '../crm/field-value.ts';
import { ScorePhases } from './score-phases.tsx';
import { type Rule, ScoreRuleForm, scoresChanged } from './score-rule-form.tsx';

/** How points are given, when somebody is in which phase, and whether points fade. */
export function ScoreSettings() {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const rules = useQuery({ queryKey: ['score-rules'], queryFn: () => api(routes.scoreRules) });
  const may = me?.scopes.includes('hub:write') === true;
  const [editing, setEditing] = useState<Rule | null>(null);
  if (rules.error !== null) return <Failed error={rules.error} retry={() => void rules.refetch()} />;
  if (rules.data === undefined) return <Loading />;
  return (
    <Stack gap="lg">
      <Paper withBorder p="md" maw={860}>
        <Stack>
          <Title order={2}>{t('score.rules')}</Title>
          <Text size="sm" c="dimmed">
            {t('score.rulesHint')}
          </Text>
          <Table.ScrollContainer minWidth={560}>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('settings.rule')}</Table.Th>
                  <Table.Th>{t('score.when')}</Table.Th>
                  <Table.Th>{t('settings.points')}</Table.Th>
                  <Table.Th>{t('score.on')}</Table.Th>
                  <Table.Th />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rules.data.items.map((rule) => (
                  <RuleRow key={rule.id} rule={rule} may={may} onEdit={() => setEditing(rule)} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
          {rules.data.items.length === 0 && (
            <Text size="sm" c="dimmed">
              {t('score.noRules')}
            </Text>
          )}
          {may && <ScoreRuleForm key={editing?.id ?? 'new'} rule={editing} onDone={() => setEditing(null)} />}
        </Stack>
      </Paper>
      <ScorePhases />
    </Stack>
  );
}

function RuleRow(props: { readonly rule: Rule; readonly may: boolean; readonly onEdit: () => void }) {
  const { rule, may, onEdit } = props;
  const [isAsking, setIsAsking] = useState(false);
  const { t } = useTranslation();
  const save = useMutation({
    mutationFn: (enabled: boolean) => api(routes.saveScoreRule, { body: { ...rule, enabled } }),
    onSuccess: scoresChanged,
    onError: tellError,
  });
  const drop = useMutation({
    mutationFn: () => api(routes.deleteScoreRule, { params: { id: rule.id } }),
    onSuccess: scoresChanged,
    onError: tellError,
  });
  return (
    <Table.Tr>
      <Table.Td>{rule.name}</Table.Td>
      <Table.Td>
        <Condition rule={rule} />
      </Table.Td>
      <Table.Td>{rule.points > 0 ? `+${rule.points}` : rule.points}</Table.Td>
      <Table.Td>
        <Switch
          aria-label={t('score.onNamed', { name: rule.name })}
          checked={rule.enabled}
          disabled={!may || save.isPending}
          onChange={(event) => save.mutate(event.currentTarget.checked)}
        />
      </Table.Td>
      <Table.Td>
        {may && (
          <Group gap={2} wrap="nowrap" justify="flex-end">
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t('score.edit', { name: rule.name })}
              onClick={onEdit}
            >
              <IconPencil size={16} />
            </ActionIcon>
            <Popover
              opened={isAsking}
              onChange={setIsAsking}
              width={280}
              position="bottom-end"
              withArrow
              shadow="md"
              trapFocus
            >
              <Popover.Target>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={t('score.remove', { name: rule.name })}
                  onClick={() => setIsAsking(true)}
                >
                  <IconTrash size={16} />
                </ActionIcon>
              </Popover.Target>
              <Popover.Dropdown>
                <Stack gap="xs">
                  <Text size="sm">
                    {t(rule.onEvent === null ? 'score.removeField' : 'score.removeEvent', { name: rule.name })}
                  </Text>
                  <Group gap="xs" justify="flex-end">
                    <Button size="xs" variant="default" onClick={() => setIsAsking(false)}>
                      {t('common.cancel')}
                    </Button>
                    <Button size="xs" color="red" loading={drop.isPending} onClick={() => drop.mutate()}>
                      {t('common.remove')}
                    </Button>
                  </Group>
                </Stack>
              </Popover.Dropdown>
            </Popover>
          </Group>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

/** What has to happen or to be so, as a sentence. */
function Condition({ rule }: { readonly rule: Rule }) {
  const { t } = useTranslation();
  const nameOf = useFieldName();
  const valueOf = useFieldValue();
  const condition = rule.condition ?? {};
  if (rule.onEvent === null)
    return (
      <Text size="sm">
        {t(`score.op.${String(condition['op'])}`, {
          field: nameOf(String(condition['field'])),
          value: valueOf(String(condition['field']), condition['value'] ?? ''),
        })}
      </Text>
    );
  const only = Object.entries(condition).map(([key, value]) =>
    key === 'phase' ? t(`score.phase.${String(value)}`, { defaultValue: String(value) }) : `${key} = ${String(value)}`,
  );
  return (
    <Text size="sm">{[t(`score.event.${rule.onEvent}`, { defaultValue: rule.onEvent }), ...only].join(' · ')}</Text>
  );
}
