import { emailKey } from './email.ts';

/** What somebody pasted may be; the first that is found counts. */
export interface Pasted {
  readonly text: string;
  /** An e-mail address in it, as people are known by. */
  readonly email: string | null;
  /** Ids of ours. */
  readonly contactId: string | null;
  readonly runId: string | null;
  /** The address as it is, and its host; null: no address. */
  readonly url: { readonly href: string; readonly host: string } | null;
  /** Pieces that may be a CRM's id of a record, the likeliest first. */
  readonly crmIds: readonly string[];
}

const CRM_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$/;
/** Parts of vendors' addresses that are never an id. */
const WORDS = /^(?:[a-z]{1,20}|[A-Z][A-Za-z]{2,20}|v?\d\.\d|0-\d)$/;

/** Reads a pasted text: an address of ours or of a CRM's record, an e-mail (also `Ada <ada@example.com>`), an id. Pure. */
export function readPasted(pasted: string): Pasted {
  const text = pasted.trim().replace(/^[<"'(]+|[>"')]+$/g, '');
  const url = addressOf(text);
  const pieces = url === null ? [text] : piecesOf(url);
  const ids = (prefix: string): string | null =>
    pieces.find((piece) => new RegExp(`^${prefix}_[0-9a-z]+$`).test(piece)) ?? null;
  const address =
    /[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/.exec(url === null ? pasted : '')?.[0] ?? text.replace(/^mailto:/i, '');
  return {
    text,
    email: /^https?:/i.test(text) ? null : emailKey(address),
    contactId: ids('ct'),
    runId: ids('run'),
    url: url === null ? null : { href: url.href, host: url.host },
    // The record stands at the end of every vendor's address; before it stand accounts and kinds.
    crmIds: [
      ...new Set(pieces.filter((piece) => CRM_ID.test(piece) && (url === null || !WORDS.test(piece))).reverse()),
    ],
  };
}

function addressOf(text: string): URL | null {
  if (!/^https?:\/\//i.test(text)) return null;
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** Path, query and what follows `#`, in their order. */
function piecesOf(url: URL): readonly string[] {
  const decode = (part: string): string => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  };
  return `${url.pathname}?${url.search.slice(1)}#${url.hash.slice(1)}`
    .split(/[/?#&=,;:()]+/)
    .map(decode)
    .filter((piece) => piece !== '');
}
