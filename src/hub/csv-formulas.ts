/** Text that a spreadsheet would run as a formula (OWASP, "CSV Injection"). */
const RISKY = /^[=+\-@\t\r]/;
/** A phone, a number: harmless, and must come back as it is. */
const HARMLESS = /^[+-]?[\d\s().,/-]+$/;
/** Exactly what `protectFormula` writes: an apostrophe before text that it would have protected. */
const PROTECTED = /^'+[=+\-@\t\r]/;

/** Puts an apostrophe before text that a spreadsheet would run, and before text that looks as if we had done so. */
export const protectFormula = (text: string): string =>
  (RISKY.test(text) && !HARMLESS.test(text)) || PROTECTED.test(text) ? `'${text}` : text;

/** Takes back exactly what `protectFormula` did, so that export → import changes nothing. */
export const unprotectFormula = (text: string): string => {
  if (!text.startsWith("'")) return text;
  const inner = text.slice(1);
  return protectFormula(inner) === text ? inner : text;
};
