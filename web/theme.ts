import { createTheme, type MantineColorsTuple, Select } from '@mantine/core';
import type { FocusEvent } from 'react';

/** What is typed in a box that can be searched replaces the choice that stands in it. */
const selectText = (event: FocusEvent<HTMLInputElement>): void => {
  if (!event.currentTarget.readOnly) event.currentTarget.select();
};

/** One accent, the pink of the button that everybody looks for. */
const pink: MantineColorsTuple = [
  '#fff0f6',
  '#ffdfec',
  '#fbbdd5',
  '#f798bd',
  '#f279a8',
  '#ee659a',
  '#e6488a',
  '#cb3674',
  '#b52d67',
  '#9e2159',
];

export const theme = createTheme({
  primaryColor: 'tandem',
  primaryShade: { light: 7, dark: 6 },
  colors: { tandem: pink },
  fontFamily: 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  headings: {
    fontWeight: '650',
    sizes: { h1: { fontSize: '1.5rem' }, h2: { fontSize: '1.15rem' }, h3: { fontSize: '1rem' } },
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: { Select: Select.extend({ defaultProps: { onFocus: selectText } }) },
});
