import { Button, Checkbox, Group, NumberInput, Paper, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { SCORE_MAX } from '../../../src/core/score.ts';
import { WEBHOOK_TYPES, type WebhookType } from '../../../src/core/webhook-types.ts';
import { api, ProblemError, routes } from '../../api/client.ts';
import { tellError } from '../../ui/feedback.tsx';
import { typeKey, type Webhook } from './webhooks.tsx';

const SCORE_DEFAULT = 40;

/** Address and messages of a new webhook, or of one that is there. */
export function WebhookForm(props: {
  readonly webhook?: Webhook;
  /** With the secret of a new one; undefined: nothing was made. */
  readonly onDone: (secret?: string) => void;
}) {
  const { t } = useTranslation();
  const { webhook } = props;
  const form = useForm({
    initialValues: {
      name: webhook?.name ?? '',
      url: webhook?.url ?? '',
      types: [...(webhook?.types ?? [])] as string[],
      minimumScore: webhook?.minimumScore ?? SCORE_DEFAULT,
    },
  });
  const hearsScores = form.values.types.includes('score.reached');
  const save = useMutation({
    mutationFn: async (values: typeof form.values): Promise<string | undefined> => {
      const body = {
        name: values.name.trim(),
        url: values.url.trim(),
        // The boxes are these types.
        types: values.types as WebhookType[],
        minimumScore: hearsScores ? Number(values.minimumScore) : null,
      };
      if (webhook === undefined) return (await api(routes.createWebhook, { body })).secret;
      await api(routes.updateWebhook, { params: { id: webhook.id }, body });
      return undefined;
    },
    onSuccess: props.onDone,
    onError: (error) => {
      const errors = error instanceof ProblemError ? (error.problem.errors ?? []) : [];
      for (const one of errors) form.setFieldError(one.path.split('.')[0] ?? '', one.message);
      if (errors.length === 0) tellError(error);
    },
  });
  return (
    <Paper withBorder p="md">
      <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
        <Stack>
          <Group grow align="flex-start" preventGrowOverflow={false}>
            <TextInput
              label={t('webhooks.url')}
              description={t('webhooks.urlHint')}
              placeholder="https://example.com/tandem"
              required
              miw={260}
              {...form.getInputProps('url')}
            />
            <TextInput
              label={t('webhooks.name')}
              description={t('webhooks.nameHint')}
              miw={160}
              {...form.getInputProps('name')}
            />
          </Group>
          <Checkbox.Group label={t('webhooks.types')} {...form.getInputProps('types')}>
            <Stack gap="xs" mt="xs">
              {WEBHOOK_TYPES.map((type) => (
                <Checkbox key={type} value={type} label={t(typeKey(type))} />
              ))}
            </Stack>
          </Checkbox.Group>
          {hearsScores && (
            <NumberInput
              w={200}
              label={t('webhooks.minimumScore')}
              min={1}
              max={SCORE_MAX}
              {...form.getInputProps('minimumScore')}
            />
          )}
          <Group>
            <Button type="submit" loading={save.isPending} disabled={form.values.types.length === 0}>
              {t(webhook === undefined ? 'webhooks.add' : 'common.save')}
            </Button>
            <Button variant="default" onClick={() => props.onDone()}>
              {t('common.cancel')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
