import { sql } from 'kysely';
import type { Fields } from '../core/model.ts';
import { type ContactView, contactsById } from '../hub/read-contacts.ts';
import type { Queryable } from '../store/db.ts';

/** An event that waits to be told. */
export interface WaitingEvent {
  readonly id: string;
  readonly type: string;
  readonly contact_id: string | null;
  readonly changed: readonly string[];
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: number;
  readonly accepted_at: number;
}

const iso = (at: number): string => new Date(at).toISOString();

/** A contact as the API shows it, without what only screens need. */
export const toContact = (contact: ContactView): object => ({
  id: contact.id,
  email: contact.email,
  fields: contact.fields,
  score: contact.score,
  createdAt: iso(contact.createdAt),
  updatedAt: iso(contact.updatedAt),
  version: contact.version,
});

interface RunRow {
  readonly id: string;
  readonly connection_id: string;
  readonly connection_name: string;
  readonly direction: string;
  readonly trigger: string;
  readonly mode: string;
  readonly status: string;
  readonly paused_reason: string | null;
  readonly counts: unknown;
  readonly error: unknown;
  readonly started_at: number | null;
  readonly ended_at: number | null;
}

/**
 * What is sent of each of these events: the person as they are in this moment, with what happened. By a statement a kind,
 * whatever their number. An event about a person who is gone meanwhile has no body: their end is told by itself.
 */
export async function writeBodies(
  q: Queryable,
  events: readonly WaitingEvent[],
  baseUrl: string,
): Promise<ReadonlyMap<string, string>> {
  const contactIds = [...new Set(events.flatMap((event) => event.contact_id ?? []))];
  const contacts = new Map((await contactsById(q, contactIds, baseUrl)).map((one) => [one.id, one]));
  const runs = await readRuns(q, idsIn(events, 'run.finished', 'run'));
  const submissions = await readEntered(q, idsIn(events, 'form.submitted', 'id'));
  const bodies = new Map<string, string>();
  for (const event of events) {
    const data = dataOf(event, { contacts, runs, submissions });
    if (data !== null)
      bodies.set(event.id, JSON.stringify({ id: event.id, type: event.type, timestamp: iso(event.at), data }));
  }
  return bodies;
}

const idsIn = (events: readonly WaitingEvent[], type: string, key: string): string[] =>
  events.flatMap((event) => (event.type === type ? String(event.data[key]) : []));

async function readRuns(q: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, RunRow>> {
  if (ids.length === 0) return new Map();
  const rows = await sql<RunRow>`
    select id, connection_id, connection_name, direction, trigger, mode, status, paused_reason, counts, error, started_at, ended_at
      from runs where id = any(${ids as string[]}::text[])`.execute(q);
  return new Map(rows.rows.map((row) => [row.id, row]));
}

/** What was entered in a form, by the submission's id. */
async function readEntered(q: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, Fields>> {
  if (ids.length === 0) return new Map();
  const rows = await sql<{ id: string; fields: Fields }>`
    select id, fields from submissions where id = any(${ids as string[]}::text[])`.execute(q);
  return new Map(rows.rows.map((row) => [row.id, row.fields]));
}

interface Known {
  readonly contacts: ReadonlyMap<string, ContactView>;
  readonly runs: ReadonlyMap<string, RunRow>;
  readonly submissions: ReadonlyMap<string, Fields>;
}

function dataOf(event: WaitingEvent, known: Known): object | null {
  const found = event.contact_id === null ? undefined : known.contacts.get(event.contact_id);
  if (event.contact_id !== null && found === undefined) return null;
  const contact = found === undefined ? {} : { contact: toContact(found) };
  // `data` was written by `store/webhook-events.ts` and `watch-connections.ts`, in the shape that each type has there.
  const inner = (event.data['data'] ?? {}) as Readonly<Record<string, unknown>>;
  switch (event.type) {
    case 'contact.created':
      return contact;
    case 'contact.changed':
      return { ...contact, changed: event.changed };
    case 'score.reached':
      return { ...contact, score: { from: event.data['from'], to: event.data['to'] } };
    case 'form.submitted': {
      const fields = known.submissions.get(String(event.data['id'])) ?? {};
      const form = { id: inner['form'] ?? null, name: inner['name'] ?? null };
      return { ...contact, submission: { id: event.data['id'], form, fields } };
    }
    case 'content.downloaded':
      return { ...contact, download: { id: event.data['id'], ...inner } };
    case 'run.finished':
      return runOf(known.runs.get(String(event.data['run'])));
    default:
      return event.data;
  }
}

const runOf = (row: RunRow | undefined): object | null =>
  row === undefined
    ? null
    : {
        run: {
          id: row.id,
          connection: row.connection_name,
          connectionId: row.connection_id,
          direction: row.direction,
          trigger: row.trigger,
          mode: row.mode,
          status: row.status,
          pausedReason: row.paused_reason,
          counts: row.counts,
          error: row.error,
          startedAt: row.started_at === null ? null : iso(row.started_at),
          endedAt: row.ended_at === null ? null : iso(row.ended_at),
        },
      };
