import { Button, Group, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

/** A line of text to add to a list, by Enter or the button; blanks alone are nothing. */
export function AddText(props: { readonly label: string; readonly onAdd: (text: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const add = (): void => {
    if (text.trim() === '') return;
    props.onAdd(text.trim());
    setText('');
  };
  return (
    <Group gap="xs">
      <TextInput
        size="xs"
        placeholder={props.label}
        aria-label={props.label}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') add();
        }}
      />
      <Button size="xs" variant="default" onClick={add} disabled={text.trim() === ''}>
        {t('common.add')}
      </Button>
    </Group>
  );
}
