import { Anchor, Badge, Button, Group, Modal, Stack, Switch, Table, Text, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ProblemError, queryClient, routes } from '../../api/client.ts';
import { when } from '../../i18n.ts';
import { Empty, Failed, Loading, tell, tellError } from '../../ui/feedback.tsx';
import { type ConsentText, textsQuery } from './queries.ts';

/** What people agree to; each change of words is a new version. */
export function TextsTab() {
  const { t } = useTranslation();
  const texts = useQuery(textsQuery);
  const [open, setOpen] = useState<ConsentText | 'new' | null>(null);
  if (texts.error !== null) return <Failed error={texts.error} retry={() => void texts.refetch()} />;
  if (texts.data === undefined) return <Loading />;
  const add = <Button onClick={() => setOpen('new')}>{t('forms.newText')}</Button>;
  return (
    <Stack align="flex-start">
      {texts.data.items.length === 0 ? (
        <Empty title={t('forms.textsEmptyTitle')} text={t('forms.textsEmptyText')} action={add} />
      ) : (
        <>
          <Table verticalSpacing="sm">
            <Table.Tbody>
              {texts.data.items.map((text) => (
                <Table.Tr key={text.id}>
                  <Table.Td w={220}>
                    <Anchor component="button" fw={600} onClick={() => setOpen(text)} ta="left">
                      {text.name}
                    </Anchor>
                    <Group gap={4}>
                      <Badge size="sm" variant="light">
                        {text.purpose}
                      </Badge>
                      <Badge size="sm" variant="light" color="gray">
                        {t('forms.version', { version: text.version })}
                      </Badge>
                    </Group>
                  </Table.Td>
                  <Table.Td>
                    {Object.entries(text.words).map(([language, words]) => (
                      <Text key={language} size="sm" lineClamp={2} lang={language}>
                        {words}
                      </Text>
                    ))}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          {add}
        </>
      )}
      {open !== null && <TextDialog text={open === 'new' ? null : open} onClose={() => setOpen(null)} />}
    </Stack>
  );
}

export function TextDialog(props: {
  readonly text: ConsentText | null;
  readonly onClose: () => void;
  readonly onSaved?: (text: ConsentText) => void;
}) {
  const { t } = useTranslation();
  const { text } = props;
  const [input, setInput] = useState({
    name: text?.name ?? '',
    purpose: text?.purpose ?? '',
    mail: text?.mail ?? false,
    en: text?.words['en'] ?? '',
    fr: text?.words['fr'] ?? '',
  });
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({});
  const put = (change: Partial<typeof input>) => setInput({ ...input, ...change });
  const save = useMutation({
    mutationFn: () => {
      const { en, fr, ...rest } = input;
      const body = { ...rest, words: { ...(en === '' ? {} : { en }), ...(fr === '' ? {} : { fr }) } };
      return text === null
        ? api(routes.createConsentText, { body })
        : api(routes.updateConsentText, { params: { id: text.id }, body });
    },
    onSuccess: async (saved) => {
      await queryClient.invalidateQueries({ queryKey: ['consent-texts'] });
      tell(t('forms.textSaved'));
      props.onSaved?.(saved);
      props.onClose();
    },
    onError: (error) => {
      if (error instanceof ProblemError)
        setProblems(Object.fromEntries((error.problem.errors ?? []).map((one) => [one.path, one.message])));
      tellError(error);
    },
  });
  return (
    <Modal opened onClose={props.onClose} title={text?.name ?? t('forms.newText')} size="lg">
      <Stack gap="sm">
        <TextInput
          label={t('forms.name')}
          required
          value={input.name}
          error={problems['name']}
          onChange={(event) => put({ name: event.currentTarget.value })}
        />
        <TextInput
          label={t('forms.purpose')}
          description={t('forms.purposeHelp')}
          required
          value={input.purpose}
          error={problems['purpose']}
          onChange={(event) => put({ purpose: event.currentTarget.value })}
        />
        <Textarea
          label={t('forms.words.en')}
          lang="en"
          autosize
          minRows={2}
          value={input.en}
          error={problems['words']}
          onChange={(event) => put({ en: event.currentTarget.value })}
        />
        <Textarea
          label={t('forms.words.fr')}
          lang="fr"
          autosize
          minRows={2}
          value={input.fr}
          onChange={(event) => put({ fr: event.currentTarget.value })}
        />
        <Switch
          label={t('forms.mail')}
          description={t('forms.mailHelp')}
          checked={input.mail}
          onChange={(event) => put({ mail: event.currentTarget.checked })}
        />
        {text !== null && <Versions text={text} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onClose}>
            {t('common.cancel')}
          </Button>
          <Button onClick={() => save.mutate()} loading={save.isPending}>
            {t('common.save')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Versions({ text }: { readonly text: ConsentText }) {
  const { t } = useTranslation();
  const versions = useQuery({
    queryKey: ['consent-texts', text.id],
    queryFn: () => api(routes.consentVersions, { params: { id: text.id } }),
  });
  return (
    <Stack gap={4}>
      {(versions.data?.items ?? [])
        .filter((one) => one.version !== text.version)
        .map((one) => (
          <Text key={one.version} size="xs" c="dimmed">
            {`${t('forms.version', { version: one.version })} · ${when(one.at, '')} · ${Object.values(one.words).join(' / ')}`}
          </Text>
        ))}
    </Stack>
  );
}
