import { ActionIcon, Button, Group, Menu, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconDots } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { meQuery } from '../../routes.tsx';
import { tell, tellError } from '../../ui/feedback.tsx';
import { saveFile } from '../../ui/save-file.ts';
import { EraseDialog } from './erase-dialog.tsx';

interface Person {
  readonly id: string;
  readonly email: string;
  readonly archivedAt: string | null;
}

type Open = 'merge' | 'erase' | 'remove' | null;

/** What can be done with a person as a whole; what one may not do is not offered. */
export function ContactActions({ person }: { readonly person: Person }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const [open, setOpen] = useState<Open>(null);
  const mayWrite = me?.scopes.includes('contacts:write') === true;
  const isAdmin = me?.scopes.includes('admin') === true;
  const archive = useMutation({
    mutationFn: () =>
      api(routes.archiveContact, { params: { id: person.id }, body: { archived: person.archivedAt === null } }),
    onSuccess: () => {
      tell(t(person.archivedAt === null ? 'person.archived' : 'person.unarchived'));
      for (const key of ['contact', 'contacts']) void queryClient.invalidateQueries({ queryKey: [key] });
    },
    onError: tellError,
  });
  const fetchExport = useMutation({
    mutationFn: async (as: 'json' | 'html') => {
      const { html, ...rest } = await api(routes.exportPerson, { params: { id: person.id }, body: { as } });
      if (as === 'html') saveFile(new Blob([html ?? ''], { type: 'text/html' }), `${person.email}.html`);
      else saveFile(new Blob([JSON.stringify(rest, null, 2)], { type: 'application/json' }), `${person.email}.json`);
    },
    onError: tellError,
  });
  if (!mayWrite) return null;
  return (
    <>
      <Menu position="bottom-end" width={240}>
        <Menu.Target>
          <ActionIcon variant="default" size="lg" aria-label={t('person.actions')}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setOpen('merge')}>{t('person.merge')}</Menu.Item>
          <Menu.Item onClick={() => archive.mutate()}>
            {t(person.archivedAt === null ? 'person.archive' : 'person.unarchive')}
          </Menu.Item>
          {isAdmin && (
            <>
              <Menu.Label>{t('person.all')}</Menu.Label>
              <Menu.Item onClick={() => fetchExport.mutate('html')}>{t('person.exportHtml')}</Menu.Item>
              <Menu.Item onClick={() => fetchExport.mutate('json')}>{t('person.exportJson')}</Menu.Item>
            </>
          )}
          <Menu.Divider />
          <Menu.Item color="red" onClick={() => setOpen('remove')}>
            {t('person.remove')}
          </Menu.Item>
          {isAdmin && (
            <Menu.Item color="red" onClick={() => setOpen('erase')}>
              {t('person.erase')}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <Merge person={person} opened={open === 'merge'} onClose={() => setOpen(null)} />
      <Remove person={person} opened={open === 'remove'} onClose={() => setOpen(null)} />
      <EraseDialog person={person} opened={open === 'erase'} onClose={() => setOpen(null)} />
    </>
  );
}

interface Dialog {
  readonly person: Person;
  readonly opened: boolean;
  readonly onClose: () => void;
}

function Merge({ person, opened, onClose }: Dialog) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [picked, setPicked] = useState<string | null>(null);
  const [search] = useDebouncedValue(text.trim(), 250);
  const found = useQuery({
    queryKey: ['contacts', 'merge', search],
    queryFn: () => api(routes.contacts, { query: { search, limit: 6 } }),
    enabled: opened && search !== '',
  });
  const merge = useMutation({
    mutationFn: (from: string) => api(routes.mergeContacts, { body: { into: person.id, from } }),
    onSuccess: () => {
      tell(t('person.merged'));
      void queryClient.invalidateQueries();
      onClose();
    },
    onError: tellError,
  });
  const others = (found.data?.items ?? []).filter((one) => one.id !== person.id);
  return (
    <Modal opened={opened} onClose={onClose} title={t('person.mergeTitle', { email: person.email })}>
      <Stack>
        <Text size="sm">{t('person.mergeHint')}</Text>
        <TextInput
          label={t('person.other')}
          data-autofocus
          value={text}
          onChange={(event) => {
            setPicked(null);
            setText(event.currentTarget.value);
          }}
        />
        {search !== '' && found.data !== undefined && others.length === 0 && (
          <Text size="sm" c="dimmed">
            {t('contacts.nothingFound', { search })}
          </Text>
        )}
        {others
          .filter((one) => picked === null || one.id === picked)
          .map((one) => (
            <Group key={one.id} justify="space-between" wrap="nowrap">
              <Stack gap={0} miw={0}>
                <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
                  {[one.fields['first_name'], one.fields['last_name']].filter(Boolean).join(' ')}
                </Text>
                <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                  {one.email}
                </Text>
              </Stack>
              {picked === null && (
                <Button size="xs" variant="light" style={{ flex: 'none' }} onClick={() => setPicked(one.id)}>
                  {t('person.mergeThis')}
                </Button>
              )}
            </Group>
          ))}
        {picked !== null && (
          <Group justify="flex-end">
            <Text size="sm" style={{ flex: '1 1 100%' }}>
              {t('person.mergeSure', { email: person.email })}
            </Text>
            <Button variant="default" onClick={() => setPicked(null)}>
              {t('common.cancel')}
            </Button>
            <Button loading={merge.isPending} onClick={() => merge.mutate(picked)}>
              {t('person.mergeNow')}
            </Button>
          </Group>
        )}
      </Stack>
    </Modal>
  );
}

function Remove({ person, opened, onClose }: Dialog) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => api(routes.deleteContact, { params: { id: person.id } }),
    onSuccess: async () => {
      void queryClient.invalidateQueries({ queryKey: ['contacts'] });
      await navigate({ to: '/contacts', search: {} });
    },
    onError: tellError,
  });
  return (
    <Modal opened={opened} onClose={onClose} title={t('person.removeTitle', { email: person.email })}>
      <Stack>
        <Text size="sm">{t('person.removeHint')}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
            {t('person.remove')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
