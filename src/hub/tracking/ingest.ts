import { sql } from 'kysely';
import type { Fields } from '../../core/model.ts';
import { type Touch, touchFields, touchOf } from '../../core/traffic.ts';
import { sessionize, type VisitorState } from '../../core/visits.ts';
import type { Ids } from '../../platform/ids.ts';
import type { Trx } from '../../store/db.ts';
import { ensurePartitions } from '../../store/partitions.ts';
import { oweTimeline } from '../../store/timeline.ts';
import { tellEvents } from '../../store/webhook-events.ts';
import { rescore } from '../score.ts';
import { writeContacts } from '../write-contacts.ts';

/** One sign of a visitor, as the script sent it and the server checked it. */
export interface Sign {
  readonly visitor: string;
  /** `page`, `download`, or the site's own in snake_case. */
  readonly type: string;
  readonly at: number;
  /** Address of the page with its parameters: for medium and source, never stored as it is; null: no page, so no arrival. */
  readonly url: string | null;
  readonly referrer: string;
  readonly data: Readonly<Record<string, string | number | boolean>>;
}

interface EventRow {
  readonly id: string;
  readonly visitor: string;
  readonly contact_id: string | null;
  readonly type: string;
  readonly data: Readonly<Record<string, string | number | boolean>>;
  readonly at: number;
}

/**
 * Stores up to some thousand signs by a handful of statements: visits are told from them, points given by the rules of the
 * day, people who are known rescored.
 */
export async function ingest(
  trx: Trx,
  signs: readonly Sign[],
  context: { readonly ids: Ids; readonly now: number },
): Promise<void> {
  if (signs.length === 0) return;
  await ensurePartitions(
    trx,
    'events',
    signs.map((sign) => sign.at),
  );
  const states = await lockVisitors(trx, [...new Set(signs.map((sign) => sign.visitor))].sort());
  const rows: EventRow[] = [];
  const touched = new Map<string, VisitorState>();
  for (const sign of [...signs].sort((a, b) => a.at - b.at)) {
    const before = touched.get(sign.visitor) ?? states.get(sign.visitor);
    const touch = sign.url === null ? null : touchOf({ page: sign.url, referrer: sign.referrer });
    const { state, startsVisit } = sessionize(before, { at: sign.at, touch, visitId: context.ids.next('evt') });
    touched.set(sign.visitor, state);
    const shared = { visitor: sign.visitor, contact_id: state.contactId, at: sign.at };
    if (startsVisit && touch !== null)
      rows.push({ ...shared, id: state.visitId, type: 'visit', data: { ...sign.data, ...touchData(touch) } });
    rows.push({
      ...shared,
      id: context.ids.next('evt'),
      type: sign.type,
      data: state.visitId === '' ? sign.data : { ...sign.data, visit: state.visitId },
    });
  }
  const { scored, downloads } = await insertEvents(trx, rows, context.now);
  await saveVisitors(trx, [...touched]);
  await rescore(trx, scored, context.now);
  await tellContacts(trx, [...touched.values()], context.now);
  await tellEvents(trx, downloads, context.now);
  await oweTimeline(trx, downloads, context.now);
}

const touchData = (touch: Touch): Record<string, string> => ({
  medium: touch.medium,
  ...(touch.source === null ? {} : { source: touch.source }),
  ...(touch.campaign === null ? {} : { campaign: touch.campaign }),
});

async function lockVisitors(trx: Trx, ids: readonly string[]): Promise<Map<string, VisitorState>> {
  const rows = await sql<{
    id: string;
    contact_id: string | null;
    first_touch: Touch | null;
    last_touch: Touch | null;
    visits: number;
    visit_id: string | null;
    first_at: number;
    seen_at: number;
  }>`select * from visitors where id = any(${ids as string[]}::text[]) order by id for update`.execute(trx);
  return new Map(
    rows.rows.map((row) => [
      row.id,
      {
        contactId: row.contact_id,
        firstTouch: row.first_touch,
        lastTouch: row.last_touch,
        visits: row.visits,
        visitId: row.visit_id ?? '',
        firstAt: row.first_at,
        seenAt: row.seen_at,
        isNew: false,
      },
    ]),
  );
}

interface Inserted {
  /** Contacts whose points changed. */
  readonly scored: readonly string[];
  /** Downloads of known people. */
  readonly downloads: readonly (EventRow & { readonly contactId: string })[];
}

async function insertEvents(trx: Trx, rows: readonly EventRow[], now: number): Promise<Inserted> {
  const written = await sql<{ id: string; contact_id: string; points: number }>`
    with written as (
      insert into events (id, contact_id, visitor, type, data, points, rule_id, at, received_at)
      select n.id, n.contact_id, n.visitor, n.type, n.data, coalesce(r.points, 0), r.id, n.at, ${now}
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(id text, contact_id text, visitor text, type text, data jsonb, at bigint)
        left join lateral (
          select id, points from score_rules
           where enabled and on_event = n.type and (condition is null or n.data @> condition)
           order by (condition is not null) desc, points desc limit 1
        ) r on true
      on conflict (at, id) do nothing
      returning id, contact_id, type, points
    ) select id, contact_id, points from written where contact_id is not null and (points <> 0 or type = 'download')`.execute(
    trx,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return {
    scored: [...new Set(written.rows.flatMap((row) => (row.points === 0 ? [] : [row.contact_id])))],
    downloads: written.rows.flatMap((row) => {
      const event = byId.get(row.id);
      return event?.type === 'download' ? [{ ...event, contactId: row.contact_id }] : [];
    }),
  };
}

async function saveVisitors(trx: Trx, visitors: readonly (readonly [string, VisitorState])[]): Promise<void> {
  const rows = visitors.map(([id, state]) => ({
    id,
    first_touch: state.firstTouch,
    last_touch: state.lastTouch,
    visits: state.visits,
    visit_id: state.visitId,
    first_at: state.firstAt,
    seen_at: state.seenAt,
  }));
  await sql`
    insert into visitors (id, first_touch, last_touch, visits, visit_id, first_at, seen_at)
    select id, first_touch, last_touch, visits, visit_id, first_at, seen_at
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(id text, first_touch jsonb, last_touch jsonb, visits int, visit_id text, first_at bigint, seen_at bigint)
    on conflict (id) do update set
      first_touch = case when visitors.first_touch is null or excluded.first_at < visitors.first_at
                         then coalesce(excluded.first_touch, visitors.first_touch) else visitors.first_touch end,
      first_at = least(visitors.first_at, excluded.first_at), last_touch = excluded.last_touch, visits = excluded.visits, visit_id = excluded.visit_id,
      seen_at = greatest(visitors.seen_at, excluded.seen_at)`.execute(trx);
}

/** A known person's last touch follows a new visit; only what changes is written. */
async function tellContacts(trx: Trx, states: readonly VisitorState[], now: number): Promise<void> {
  const news = new Map(
    states.flatMap((state) =>
      state.isNew && state.contactId !== null && state.lastTouch !== null
        ? [[state.contactId, { first: state.firstTouch ?? state.lastTouch, last: state.lastTouch }] as const]
        : [],
    ),
  );
  await writeTouches(trx, news, now);
}

/** Source and medium of these contacts after an arrival, by one read and one write. */
export async function writeTouches(
  trx: Trx,
  touches: ReadonlyMap<string, { readonly first: Touch; readonly last: Touch }>,
  now: number,
): Promise<void> {
  if (touches.size === 0) return;
  const known = await sql<{ id: string; fields: Fields }>`
    select id, fields from contacts where id = any(${[...touches.keys()]}::text[]) order by id for update`.execute(trx);
  const writes = known.rows.flatMap((row) => {
    const touch = touches.get(row.id);
    const fields = touch === undefined ? null : touchFields(row.fields, touch.first, touch.last);
    const changed = Object.entries(fields ?? {}).filter(([key, value]) => (row.fields[key] ?? null) !== value);
    if (changed.length === 0) return [];
    const origin = { by: 'system', at: now, rule: 'touch' } as const;
    return [
      {
        id: row.id,
        create: false,
        fields: Object.fromEntries(changed),
        origins: Object.fromEntries(changed.map(([key]) => [key, origin])),
      },
    ];
  });
  await writeContacts(trx, writes, { at: now, reason: 'visit' });
}
