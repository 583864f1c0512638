import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ProblemError, queryClient, routes } from '../../api/client.ts';
import { meQuery } from '../../routes.tsx';
import { tell, tellError } from '../../ui/feedback.tsx';
import { hubFieldsQuery } from '../crm/queries.ts';
import { FieldBox, textOf } from './field-box.tsx';
import { FieldWhy } from './field-why.tsx';

export interface Shown {
  readonly id: string;
  readonly email: string;
  readonly version: number;
  readonly fields: Readonly<Record<string, string | number | boolean | null | string[]>>;
}

/** What somebody has typed, and what stood there when they began. */
interface Draft {
  readonly text: string;
  readonly seen: string;
}

/** Every field in the form its type asks for, each with the way to ask where its value comes from. */
export function ContactFields({ contact, name }: { readonly contact: Shown; readonly name: string }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const schema = useQuery(hubFieldsQuery);
  const may = me?.scopes.includes('contacts:write') === true;
  const [changed, setChanged] = useState<Readonly<Record<string, Draft>>>({});
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({});
  const save = useMutation({
    mutationFn: (drafts: Readonly<Record<string, Draft>>) =>
      api(routes.updateContact, {
        params: { id: contact.id },
        ifMatch: contact.version,
        body: {
          fields: Object.fromEntries(Object.entries(drafts).map(([key, { text }]) => [key, text === '' ? null : text])),
        },
      }),
    onSuccess: async (_saved, drafts) => {
      for (const key of ['timeline', 'history', 'contacts', 'story', 'why'])
        void queryClient.invalidateQueries({ queryKey: [key] });
      // Whoever goes on changes what is stored, not the version of before.
      await queryClient.invalidateQueries({ queryKey: ['contact'] });
      setProblems({});
      // What was typed while it was being saved is still to be saved.
      setChanged((now) => Object.fromEntries(Object.entries(now).filter(([key, draft]) => drafts[key] !== draft)));
      tell(t('contacts.saved'));
    },
    onError: (error) => {
      const errors = error instanceof ProblemError ? (error.problem.errors ?? []) : [];
      setProblems(Object.fromEntries(errors.map((one) => [one.path.replace(/^fields\./, ''), one.message])));
      tellError(error);
    },
  });
  const fields = (schema.data?.items ?? []).filter(
    (field) => !field.calculated || contact.fields[field.key] !== undefined,
  );
  const isDirty = Object.keys(changed).length > 0;
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={2}>{t('contacts.fields')}</Title>
        {fields.map((field) => {
          const label = t(`field.${field.key}`, { defaultValue: field.label });
          const stored = textOf(contact.fields[field.key]);
          const draft = changed[field.key];
          const isOvertaken = draft !== undefined && draft.seen !== stored && draft.text !== stored && !save.isPending;
          return (
            <div key={field.key} className="field-row">
              <FieldBox
                field={field}
                label={label}
                value={draft?.text ?? stored}
                error={
                  problems[field.key] ??
                  (isOvertaken
                    ? t(stored === '' ? 'contacts.emptiedMeanwhile' : 'contacts.changedMeanwhile', { value: stored })
                    : undefined)
                }
                // Where a CRM says that somebody came from is written by that CRM alone.
                readOnly={field.calculated || field.key === 'origin' || !may}
                onChange={(text) => setChanged({ ...changed, [field.key]: { text, seen: draft?.seen ?? stored } })}
              />
              {stored !== '' && <FieldWhy id={contact.id} field={field.key} label={label} name={name} />}
            </div>
          );
        })}
        {may && (
          <Group className="save-bar" data-unsaved={isDirty || undefined}>
            <Button onClick={() => save.mutate(changed)} loading={save.isPending} disabled={!isDirty}>
              {t('common.save')}
            </Button>
            <Text size="sm" c="dimmed" role="status">
              {isDirty ? t('common.unsaved') : ''}
            </Text>
          </Group>
        )}
      </Stack>
    </Paper>
  );
}
