/** How much of a value that could not go where it should is kept with its rejection, in characters. */
export const KEPT_MAX = 1_000;

/**
 * A refused value as its rejection keeps it: whole, so that a decision about it ("map it to …") meets exactly this value, up to
 * `KEPT_MAX` characters; a longer one ends with `…`. Sentences show less of it (api/messages/reason-text.ts). Pure.
 */
export function keptValue(text: string): string {
  // Cheap for the usual short ones: a text never has more characters than code units.
  if (text.length <= KEPT_MAX) return text;
  const letters = Array.from(text.slice(0, 2 * KEPT_MAX + 2));
  return letters.length <= KEPT_MAX ? text : `${letters.slice(0, KEPT_MAX - 1).join('')}…`;
}
