import { Badge, Group, Popover, Stack, Text, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, routes } from '../../api/client.ts';
import { number } from '../../i18n.ts';

/** The score as a badge that opens: which rule gave how many points, and what is left of them. */
export function ScoreExplained({ id, score }: { readonly id: string; readonly score: number }) {
  const { t } = useTranslation();
  const explained = useQuery({
    queryKey: ['contact-score', id, score],
    queryFn: () => api(routes.contactScore, { params: { id } }),
  });
  const phase = explained.data?.phase;
  return (
    <Popover position="bottom-start" withArrow shadow="md" width={320}>
      <Popover.Target>
        <UnstyledButton aria-label={t('score.explain', { points: score })}>
          <Badge size="lg" variant="light" color={phase === 'discovery' ? 'gray' : 'tandem'}>
            {t('contacts.points', { count: score })}
            {phase !== undefined && ` · ${t(`score.phase.${phase}`)}`}
          </Badge>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap={6}>
          {explained.data?.parts.length === 0 && <Text size="sm">{t('score.none')}</Text>}
          {explained.data?.parts.map((part) => (
            <Group key={`${part.why}-${part.rule}`} justify="space-between" wrap="nowrap">
              <Text size="sm">
                {part.name ?? t(part.why === 'carried' ? 'score.carried' : 'score.goneRule')}
                {part.count > 1 && (
                  <Text span size="xs" c="dimmed">
                    {` × ${part.count}`}
                  </Text>
                )}
              </Text>
              <Text size="sm" fw={600} style={{ whiteSpace: 'nowrap' }}>
                {part.given !== part.points && (
                  <Text span size="xs" c="dimmed">
                    {`${t('score.of', { given: part.given })} `}
                  </Text>
                )}
                {`${part.points > 0 ? '+' : ''}${number(part.points)}`}
              </Text>
            </Group>
          ))}
          <Group justify="space-between">
            <Text size="sm">{t('score.sum')}</Text>
            <Text size="sm" fw={700}>
              {t('score.outOf', { points: score })}
            </Text>
          </Group>
          {explained.data?.decay !== null && explained.data !== undefined && (
            <Text size="xs" c="dimmed">
              {t('score.fadesShort', explained.data.decay)}
            </Text>
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
