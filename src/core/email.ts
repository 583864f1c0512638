/** The local part as RFC 5321 lets it be written without quotes, plus letters of other scripts (RFC 6531). */
const LOCAL = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z][a-z0-9-]{0,61}[a-z0-9])$/;

/**
 * The form in which two addresses are compared (R10): trimmed, Unicode-normalised, case-folded, the domain in its ASCII
 * form (IDNA). null: not a usable address. Pure: `URL` is a parser, it opens nothing.
 */
export function emailKey(raw: string): string | null {
  const text = raw.normalize('NFKC').trim();
  const at = text.lastIndexOf('@');
  if (at < 1 || text.length > 254 || at > 64) return null;
  const local = text.slice(0, at).toLowerCase();
  const domain = asciiDomain(text.slice(at + 1));
  if (domain === null || !LOCAL.test(local) || !DOMAIN.test(domain)) return null;
  return `${local}@${domain}`;
}

function asciiDomain(domain: string): string | null {
  // A plain domain needs no parser; this is called for every record of a page.
  if (/^[a-z0-9.-]+$/i.test(domain)) return domain.toLowerCase();
  if (!URL.canParse(`http://${domain}/`)) return null;
  const url = new URL(`http://${domain}/`);
  return url.port === '' && url.pathname === '/' && url.username === '' ? url.hostname : null;
}

export const isUsableEmail = (raw: string): boolean => emailKey(raw) !== null;
