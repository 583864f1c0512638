import { sql } from 'kysely';
import type { Trx } from './db.ts';
import { tellGone } from './webhook-events.ts';

/** A contact that is no more: whoever followed it hears of that, and of nothing else of them. */
export interface Departure {
  readonly id: string;
  readonly why: 'erased' | 'deleted' | 'merged';
  /** The contact that it became. */
  readonly into?: string;
}

/** How long departures are kept: whoever follows the contacts reads at least so often. */
export const DEPARTURES_KEPT_MS = 90 * 24 * 60 * 60_000;

/** Notes that these contacts are no more, for webhooks and for programs that read what changed; in the transaction that ends them. */
export async function noteDepartures(trx: Trx, gone: readonly Departure[], at: number): Promise<void> {
  if (gone.length === 0) return;
  await sql`
    insert into departures (id, why, into_id, at)
    select id, why, "into", ${at} from jsonb_to_recordset(${JSON.stringify(gone)}::jsonb) as n(id text, why text, "into" text)
    on conflict (id) do update set why = excluded.why, into_id = excluded.into_id, at = excluded.at`.execute(trx);
  await tellGone(trx, gone, at);
}
