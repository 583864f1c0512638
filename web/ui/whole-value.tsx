import { Text } from '@mantine/core';

const SHOWN_MAX = 80;

/** A value as a label or a button shows it. */
export function shortened(text: string): string {
  const letters = Array.from(text);
  return letters.length <= SHOWN_MAX ? text : `${letters.slice(0, SHOWN_MAX - 1).join('')}…`;
}

/** The whole of a value that the sentence beside it only begins. */
export function WholeValue({ value, said }: { readonly value: string | null; readonly said: string }) {
  if (value === null || said.includes(value) || shortened(value) === value) return null;
  return (
    <Text size="xs" className="whole-value" data-whole-value>
      {value}
    </Text>
  );
}
