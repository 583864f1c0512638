import { expect } from 'vitest';
import type { Locale } from '../../src/api/messages/say.ts';

/** Words that English sentences are made of, and French ones are not. */
const ENGLISH =
  /\b(the|of|is|not|was|were|has|have|had|and|this|that|these|by|with|from|are|does|did|its|their|there|which|cannot|answered|refuses|missing|unknown|expected|address|field|value|token|call|record)\b/i;

/** What stands in quotation marks is said by somebody else, or is a name. */
const unquoted = (text: string): string => text.replace(/«[^«»]*»|“[^“”]*”|"[^"]*"|\([^)]*\)/g, '');

/** A sentence without holes; a French one without English outside quotation marks. */
export function expectPlain(locale: Locale, text: string, about: string): void {
  expect(text, about).not.toBe('');
  expect(text, `${about}: a hole`).not.toMatch(/\{\w+\}|“\s*”|«\s*»|""|\(\s*\)|undefined|null|NaN|\[object/);
  expect(text, `${about}: two stops`).not.toMatch(/\.\.(?!\.)|\s[.,]| {2}/);
  if (locale === 'fr') expect(unquoted(text), `${about}: English in it`).not.toMatch(ENGLISH);
}
