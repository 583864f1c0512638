import { systemRandom } from '../../platform/ids.ts';
import type { Company } from '../kit/companies.ts';
import type { ChangePage, Cursor, Moved, RemoteRecord } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import { type QueueItem, readItem, type SellClient } from './client.ts';
import { recordId, type SellObject } from './codec.ts';

/** A sync session: a device of our own, what it is reading, and what the next read acknowledges. */
interface Position {
  readonly device: string;
  readonly session: string | null;
  readonly ack: readonly string[];
}

/** An empty list means "ask again": not for ever. */
const EMPTY_READS_MAX = 20;
const EMPTY_PAUSE_MS = 500;

function parse(cursor: Cursor | null): Position {
  // Another device is given everything again: that is what "from the beginning" means here.
  if (cursor === null) return { device: newDevice(), session: null, ack: [] };
  try {
    // Written below and kept unread by the engine.
    return JSON.parse(cursor) as Position;
  } catch {
    throw new RemoteError('cursor', 'the position in the feed cannot be read');
  }
}

function newDevice(): string {
  const hex = Buffer.from(systemRandom(16)).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20)].join('-');
}

export interface Decode {
  readonly lead: (objects: readonly SellObject[]) => Promise<readonly RemoteRecord[]>;
  readonly contact: (objects: readonly SellObject[]) => Promise<readonly RemoteRecord[]>;
  /** Organisations among the contacts, as they are now (R25). */
  readonly companies: (objects: readonly SellObject[]) => readonly Company[];
}

/**
 * What changed since this device acknowledged last, by the vendor's sync protocol: only the newest state of each record,
 * deletions too. A page is acknowledged with the next read, when its effects are safe (BEHAVIOR.md, "Sync").
 */
export async function readSync(
  client: SellClient,
  after: Cursor | null,
  decode: Decode,
  sleep: (ms: number) => Promise<void>,
): Promise<ChangePage> {
  const position = parse(after);
  const { device } = position;
  if (position.ack.length > 0) await client.acknowledge(device, position.ack);
  const session = position.session ?? (await client.startSync(device));
  const ended: ChangePage = {
    changed: [],
    gone: [],
    moved: [],
    next: JSON.stringify({ device, session: null, ack: [] }),
    more: false,
  };
  if (session === null) return ended;
  const items = await readItems(client, device, session, sleep);
  // What a lost session had not acknowledged comes again with the next one.
  if (items === 'lost') return { ...ended, more: position.session !== null };
  if (items === 'drained') return ended;
  const next: Position = { device, session, ack: items.map((item) => item.meta.sync.ack_key) };
  return { ...(await toPage(client, items, decode)), next: JSON.stringify(next), more: true };
}

async function readItems(
  client: SellClient,
  device: string,
  session: string,
  sleep: (ms: number) => Promise<void>,
): Promise<readonly QueueItem[] | 'drained' | 'lost'> {
  for (let reads = 0; reads < EMPTY_READS_MAX; reads += 1) {
    const items = await client.readQueue(device, session);
    if (typeof items === 'string' || items.length > 0) return items;
    await sleep(EMPTY_PAUSE_MS);
  }
  throw new RemoteError('unavailable', 'Zendesk Sell keeps its sync queue waiting');
}

/** Of all types that the token may see, leads and persons are ours. */
async function toPage(
  client: SellClient,
  items: readonly QueueItem[],
  decode: Decode,
): Promise<Pick<ChangePage, 'changed' | 'gone' | 'moved' | 'companies' | 'companiesGone'>> {
  const of = (type: string, deleted: boolean): SellObject[] =>
    items
      .filter((item) => item.meta.type === type && (item.meta.sync.event_type === 'deleted') === deleted)
      .map(readItem);
  const goneLeads = of('lead', true).map((lead) => lead.id);
  // A converted lead vanishes like a deleted one: only the list of conversions tells (R16).
  const converted =
    goneLeads.length === 0 ? new Map<number, number | null>() : await client.conversionsOf(new Set(goneLeads));
  const moved: Moved[] = [...converted].map(([from, to]) => ({
    from: recordId('lead', from),
    to: to === null ? null : recordId('contact', to),
    why: 'converted',
    toKind: 'contact',
  }));
  const contacts = of('contact', false);
  // Companies first: the persons of this page may belong to them.
  const companies = decode.companies(contacts);
  const persons = contacts.filter((contact) => contact['is_organization'] !== true);
  const goneContacts = of('contact', true).map((contact) => contact.id);
  return {
    companies,
    // A deletion carries the id alone: whether it was a person or a company, only we can know.
    companiesGone: goneContacts.map(String),
    changed: [...(await decode.lead(of('lead', false))), ...(await decode.contact(persons))],
    gone: [
      ...goneLeads.filter((id) => !converted.has(id)).map((id) => recordId('lead', id)),
      ...goneContacts.map((id) => recordId('contact', id)),
    ],
    moved,
  };
}
