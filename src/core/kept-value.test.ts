import { expect, test } from 'vitest';
import { KEPT_MAX, keptValue } from './kept-value.ts';

test('[R15c] a refused value is kept whole up to its bound; a longer one shows that it goes on, and no character is cut in two', () => {
  expect(keptValue('x'.repeat(KEPT_MAX))).toBe('x'.repeat(KEPT_MAX));
  const emoji = '🙂'.repeat(KEPT_MAX);
  expect(keptValue(emoji)).toBe(emoji);
  const cut = keptValue(`${emoji}🙂`);
  expect([...cut]).toHaveLength(KEPT_MAX);
  expect(cut.endsWith('🙂…')).toBe(true);
});
