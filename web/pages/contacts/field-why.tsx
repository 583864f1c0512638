import { ActionIcon, Popover, Stack, Text } from '@mantine/core';
import { IconHelpCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { api, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import { Loading } from '../../ui/feedback.tsx';
import { Rule } from '../../ui/rule.tsx';
import { useFieldValue } from '../crm/field-value.ts';

export type HistoryEntry = z.output<typeof routes.history.response>['items'][number];

/** "Why does Ada have this phone number?": who set it, when, by which rule, and what it replaced. */
export function FieldWhy(props: {
  readonly id: string;
  readonly field: string;
  readonly label: string;
  readonly name: string;
}) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const valueOf = useFieldValue();
  const question = t('story.whyField', { name: props.name, field: props.label });
  const history = useQuery({
    queryKey: ['history', props.id, props.field],
    queryFn: () => api(routes.history, { params: { id: props.id }, query: { field: props.field } }),
    enabled: opened,
  });
  const list = history.data?.items ?? [];
  return (
    <Popover opened={opened} onChange={setOpened} width={340} position="bottom-end" shadow="md" withArrow>
      <Popover.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          onClick={() => setOpened(!opened)}
          aria-label={question}
          title={question}
        >
          <IconHelpCircle size={16} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          <Text size="sm" fw={600}>
            {question}
          </Text>
          {history.isPending && <Loading />}
          {history.data !== undefined && list.length === 0 && <Text size="sm">{t('story.noOrigin')}</Text>}
          {list.map((entry, index) => (
            <Stack key={`${entry.at}-${entry.field}`} gap={0} opacity={index === 0 ? 1 : 0.7}>
              <Text size="sm">
                <b>{valueOf(entry.field, entry.to)}</b>
              </Text>
              <OriginText entry={entry} />
            </Stack>
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

/** Who set a value, when, by which rule, and what it replaced. */
export function OriginText({ entry }: { readonly entry: HistoryEntry }) {
  const { t } = useTranslation();
  const valueOf = useFieldValue();
  const { origin } = entry;
  const who = t(`story.from.${origin.by}`, { connection: origin.connection ?? '', defaultValue: origin.by });
  return (
    <Text size="xs" c="dimmed">
      {`${origin.sourceName === null ? who : t(`story.fromNamed.${origin.by}`, { name: origin.sourceName, defaultValue: who })}, ${when(entry.at, '')}`}
      {origin.rule !== null && (
        <>
          {' · '}
          <Rule id={origin.rule} />
        </>
      )}
      {'. '}
      {entry.from === null ? t('story.first') : t('story.replaced', { value: valueOf(entry.field, entry.from) })}
    </Text>
  );
}
