import { Button, FileButton, Group, Paper, Stack, Text, TextInput } from '@mantine/core';
import { IconClipboard, IconFileUpload } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PASTED_LOGIN_MAX, type PastedLogin, readLogin } from '../../../src/core/pasted-login.ts';
import type { Crm } from './queries.ts';

/** What the last paste was; null: nothing yet. It lives in the page's memory, and ends with the tab. */
export type Found = PastedLogin | 'unknown' | 'tooLarge' | null;

/**
 * *Paste anything*, above the form of a new connection: a token, an address or a key file fills it. What is read goes into the form
 * and nowhere else; the box itself never keeps it.
 */
export function PasteLogin(props: {
  readonly crm: Crm;
  readonly found: Found;
  readonly onFound: (found: Found) => void;
}) {
  const { t } = useTranslation();
  const { crm, found, onFound } = props;
  const id = useId();
  const [text, setText] = useState('');
  const [isOver, setIsOver] = useState(false);
  const read = (pasted: string): void => {
    if (pasted.trim() === '') return;
    setText('');
    onFound(readLogin(pasted, crm.id) ?? 'unknown');
  };
  const readFile = (file: File | null): void => {
    if (file === null) return;
    if (file.size > PASTED_LOGIN_MAX) return onFound('tooLarge');
    file.text().then(read, () => onFound('unknown'));
  };
  return (
    <Paper
      withBorder
      p="sm"
      maw={520}
      {...(isOver ? { bg: 'var(--mantine-primary-color-light)' } : {})}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setIsOver(false);
        const file = event.dataTransfer.files[0];
        if (file === undefined) read(event.dataTransfer.getData('text'));
        else readFile(file);
      }}
    >
      <form
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          read(text);
        }}
      >
        <Stack gap="xs">
          {/* Above the button too: it is longer than the box. */}
          <Text component="label" htmlFor={id} size="sm" fw={600}>
            {t('pasteLogin.label')}
          </Text>
          <Group gap="xs">
            <TextInput
              flex="1 1 240px"
              id={id}
              placeholder={t('pasteLogin.placeholder')}
              leftSection={<IconClipboard size={16} />}
              autoComplete="off"
              spellCheck={false}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              onPaste={(event) => {
                // Taken before the box has it: a key has lines, which a box of one line would lose.
                event.preventDefault();
                const file = event.clipboardData.files[0];
                if (file === undefined) read(event.clipboardData.getData('text'));
                else readFile(file);
              }}
            />
            <FileButton accept=".pem,.key,.crt,.cer,.json,.txt" onChange={readFile}>
              {(button) => (
                <Button {...button} variant="default" leftSection={<IconFileUpload size={16} />}>
                  {t('pasteLogin.file')}
                </Button>
              )}
            </FileButton>
          </Group>
          <Text size="xs" c="dimmed">
            {t('pasteLogin.help')}
          </Text>
          <Text size="sm" fw={600} role="status" data-pasted={typeof found === 'string' ? found : found?.kind}>
            <Said found={found} crm={crm} />
          </Text>
        </Stack>
      </form>
    </Paper>
  );
}

/** What was recognised, in a sentence. */
function Said({ found, crm }: { readonly found: Found; readonly crm: Crm }) {
  const { t } = useTranslation();
  if (found === null) return null;
  if (typeof found === 'string') return t(`pasteLogin.${found}`);
  const region = found.params['region'] ?? '';
  const kind =
    found.kind !== 'hubspotToken'
      ? found.kind
      : region.startsWith('EU')
        ? 'hubspotTokenEu'
        : region.startsWith('NA')
          ? 'hubspotTokenNa'
          : 'hubspotToken';
  return t(`pasteLogin.found.${kind}`, { crm: crm.label, ...found.params });
}
