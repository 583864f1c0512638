import { sql } from 'kysely';
import type { Hold } from '../core/decide.ts';
import type { LineKey, Shadow } from '../core/model.ts';
import type { Trx } from '../store/db.ts';
import type { LinkState } from './page-state.ts';

/**
 * Towards the CRM links are read, then calls are made, then they are written; meanwhile a person may have decided a held
 * conflict (R4c). Links whose version has moved on take up what stands there now, and on it only what this run itself
 * changed, line by line: neither the decision nor what the run has learnt is lost.
 */
export async function rebaseLinks(trx: Trx, links: Iterable<LinkState>): Promise<void> {
  const known = new Map([...links].filter((link) => !link.isNew).map((link) => [link.id, link]));
  if (known.size === 0) return;
  const rows = await sql<{
    id: string;
    shadow: Shadow;
    holds: Readonly<Record<LineKey, Hold>>;
    shadow_version: number;
  }>`
    select id, shadow, holds, shadow_version from links where id = any(${[...known.keys()]}::text[]) order by id for update`.execute(
    trx,
  );
  for (const row of rows.rows) {
    const link = known.get(row.id);
    if (link === undefined || link.shadowVersion === row.shadow_version) continue;
    link.shadow = carryOver(link.base.shadow, link.shadow, row.shadow);
    link.holds = carryOver(link.base.holds, link.holds, row.holds);
    link.shadowVersion = row.shadow_version;
  }
}

/** What was changed from `base` to `mine`, made again on `theirs`. */
function carryOver<T>(
  base: Readonly<Record<string, T>>,
  mine: Readonly<Record<string, T>>,
  theirs: Readonly<Record<string, T>>,
): Readonly<Record<string, T>> {
  const result = { ...theirs };
  for (const key of new Set([...Object.keys(base), ...Object.keys(mine)])) {
    const now = mine[key];
    if (JSON.stringify(base[key]) === JSON.stringify(now)) continue;
    if (now === undefined) delete result[key];
    else result[key] = now;
  }
  return result;
}
