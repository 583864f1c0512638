import type { Emulator } from './emulator.ts';

/** How another server that keeps the vendor's documents may spell what the emulator says. */
export interface OtherWords {
  /** Keys that are left out where their value is null. */
  readonly leavesOutNull: (key: string) => boolean;
  /** Keys whose numbers come as text. */
  readonly isText: (key: string) => boolean;
  /** Any other change of a value. */
  readonly reword?: (key: string, value: unknown) => unknown;
}

/**
 * The same emulated CRM behind answers in other words: keys in another order and unknown ones among them, null left out,
 * numbers as text. What a connector reads must not hang on how we happen to write (C23).
 */
export const inOtherWords = <E extends Emulator>(emulator: E, words: OtherWords): E => ({
  ...emulator,
  request: async (url: string, init: RequestInit) => {
    const response = await emulator.request(url, init);
    const text = await response.clone().text();
    if (!/^\s*[[{]/.test(text)) return response;
    const headers = new Headers(response.headers);
    headers.delete('content-length');
    headers.set('content-type', 'application/json; charset=utf-8');
    return new Response(JSON.stringify(said(JSON.parse(text), words)), { status: response.status, headers });
  },
});

function said(value: unknown, words: OtherWords): unknown {
  if (Array.isArray(value)) return value.map((one) => said(one, words));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .toReversed()
    .filter(([key, one]) => one !== null || !words.leavesOutNull(key))
    .map(([key, one]) => [key, worded(key, one, words)] as const);
  return { zz_news: { of: ['another', 'version'] }, ...Object.fromEntries(entries), zz_more: null };
}

function worded(key: string, value: unknown, words: OtherWords): unknown {
  if (typeof value === 'number' && words.isText(key)) return String(value);
  return said(words.reword === undefined ? value : words.reword(key, value), words);
}
