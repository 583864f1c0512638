import type { Entries } from '../../hub/forms/read-entries.ts';
import { Refused } from '../problems.ts';
import type { PublicContext } from './page.ts';

const NAMES_MAX = 200;

/** Not UTF-8, or not what its type says. */
const unreadable = (): Refused => new Refused(400, 'visitor.refused.unreadable');

/**
 * Reads what a form sent: `application/x-www-form-urlencoded` (also as `text/plain` by scripts that want no preflight), or
 * JSON with texts and lists of texts. Nothing is guessed: bytes that are not UTF-8 are refused.
 */
export async function readPost(c: PublicContext): Promise<Entries> {
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const text = decode(await c.req.arrayBuffer());
  if (type === 'application/x-www-form-urlencoded') return fromPairs(text);
  if (type === 'application/json') return fromJson(text);
  throw new Refused(415, 'visitor.refused.type');
}

function decode(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unreadable();
  }
}

function fromPairs(text: string): Entries {
  const entries = new Map<string, string[]>();
  for (const pair of text.split('&').slice(0, NAMES_MAX)) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    add(entries, part(at < 0 ? pair : pair.slice(0, at)), part(at < 0 ? '' : pair.slice(at + 1)));
  }
  return entries;
}

/** `URLSearchParams` would turn bytes that are no UTF-8 into signs nobody typed. */
function part(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw unreadable();
  }
}

function fromJson(text: string): Entries {
  const entries = new Map<string, string[]>();
  for (const [name, value] of Object.entries(parseObject(text)).slice(0, NAMES_MAX)) {
    const values: unknown[] = Array.isArray(value) ? value.slice(0, 100) : [value];
    for (const one of values)
      if (typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean')
        add(entries, name, String(one));
  }
  return entries;
}

function parseObject(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unreadable();
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadable();
  return value;
}

function add(entries: Map<string, string[]>, name: string, value: string): void {
  const values = entries.get(name) ?? [];
  if (values.length < 100) values.push(value);
  entries.set(name, values);
}
