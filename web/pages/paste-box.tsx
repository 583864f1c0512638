import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { readLogin } from '../../src/core/pasted-login.ts';
import { api, routes } from '../api/client.ts';
import { tell, tellError } from '../ui/feedback.tsx';

/** *Paste anything*: a link to a CRM's record, an e-mail address, the id of a contact or a run leads to its page. */
export function PasteBox() {
  const { t } = useTranslation();
  const router = useRouter();
  const [text, setText] = useState('');
  const find = useMutation({
    mutationFn: (q: string) => api(routes.find, { query: { q } }),
    onSuccess: ({ kind, path, label }) => {
      setText('');
      if (kind === 'record') tell(t('paste.notIn', { name: label }));
      router.history.push(path);
    },
    onError: tellError,
  });
  /** A token or a key must not go into an address, where servers and browsers keep it: it leads to the form that it belongs to. */
  const turnsAway = (value: string): boolean => {
    const login = readLogin(value, null);
    if (login?.secret !== true) return false;
    setText('');
    tell(t(login.crm === null ? 'pasteLogin.elsewhereKey' : 'pasteLogin.elsewhere'));
    router.history.push(login.crm === null ? '/crm' : `/crm?tab=new-${login.crm}`);
    return true;
  };
  const go = (value: string): void => {
    if (turnsAway(value)) return;
    if (value.trim() !== '' && !find.isPending) find.mutate(value.trim().slice(0, 2_000));
  };
  return (
    <form
      role="search"
      className="paste-box"
      onSubmit={(event) => {
        event.preventDefault();
        go(text);
      }}
    >
      <TextInput
        size="xs"
        value={text}
        aria-label={t('paste.label')}
        placeholder={t('paste.placeholder')}
        title={t('paste.help')}
        leftSection={<IconSearch size={15} />}
        disabled={find.isPending}
        onChange={(event) => setText(event.currentTarget.value)}
        onPaste={(event) => {
          // What is pasted into the empty box is meant to be found at once.
          const pasted = event.clipboardData.getData('text');
          if (text !== '' || pasted.trim() === '') return;
          event.preventDefault();
          setText(pasted.trim());
          go(pasted);
        }}
      />
    </form>
  );
}
