import { sql } from 'kysely';
import type { QuotaKeeper } from '../connectors/kit/connector.ts';
import { RemoteError } from '../connectors/kit/errors.ts';
import type { Connection } from './connection.ts';
import { manifestOf } from './connection.ts';
import { dailyLimit } from './daily-limit.ts';
import type { EngineDeps } from './deps.ts';

/** Forms and webhooks may use the last tenth of the share; ordinary runs stop before it (R34). */
export type QuotaReserve = 'ordinary' | 'express';

/** The first slice, and the largest one: each is as large as what was taken before, so that little is reserved in vain. */
const FIRST_SLICE = 2;
const SLICE = 20;
const RESERVE = 0.1;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The day's calls of an account: reserved before they are made, in slices, in the database, one counter for all processes
 * (R34). The vendor's own figure, where its answers carry one, goes before our count.
 */
export function createQuota(deps: EngineDeps, connection: Connection, reserve: QuotaReserve): QuotaKeeper {
  const account = `${connection.crm}:${connection.accountId ?? connection.id}`;
  const documented = dailyLimit(manifestOf(deps, connection.crm));
  let left = 0;
  let taken = 0;
  let observed: { limit: number; remaining: number } | null = null;
  const dayOf = (now: number): string => new Date(now).toISOString().slice(0, 10);

  const reserveSlice = async (): Promise<void> => {
    const now = deps.clock.now();
    const limit = observed?.limit ?? documented;
    const slice = Math.min(SLICE, Math.max(FIRST_SLICE, taken));
    const result = await sql<{ reserved: number; vendor_limit: number | null; vendor_remaining: number | null }>`
      insert into quota_days (account, day, reserved, vendor_limit, vendor_remaining, observed_at)
      values (${account}, ${dayOf(now)}, ${slice}, ${observed?.limit ?? null}, ${observed?.remaining ?? null}, ${now})
      on conflict (account, day) do update
        set reserved = quota_days.reserved + excluded.reserved,
            vendor_limit = coalesce(excluded.vendor_limit, quota_days.vendor_limit),
            vendor_remaining = coalesce(excluded.vendor_remaining, quota_days.vendor_remaining), observed_at = excluded.observed_at
      returning reserved, vendor_limit, vendor_remaining`.execute(deps.store.db);
    const row = result.rows[0];
    const allowed = share(row?.vendor_limit ?? limit, connection.settings.quota.dailyShare, reserve);
    const exhausted =
      row?.vendor_remaining !== null && row?.vendor_remaining !== undefined && row.vendor_remaining <= 0;
    if (row !== undefined && (row.reserved > allowed + slice || exhausted)) {
      await sql`update quota_days set reserved = reserved - ${slice} where account = ${account} and day = ${dayOf(now)}`.execute(
        deps.store.db,
      );
      throw new RemoteError('quota', "this connection's share of the day's calls is used up", {
        retryAt: (Math.floor(now / DAY_MS) + 1) * DAY_MS,
        case: 'own_share',
      });
    }
    left += slice;
    taken += slice;
  };
  return {
    take: async (calls) => {
      while (left < calls) await reserveSlice();
      left -= calls;
    },
    observe: (state) => {
      if (state.limit !== undefined && state.remaining !== undefined)
        observed = { limit: state.limit, remaining: state.remaining };
    },
  };
}

const share = (limit: number | undefined, dailyShare: number, reserve: QuotaReserve): number =>
  limit === undefined
    ? Number.POSITIVE_INFINITY
    : Math.floor(limit * dailyShare * (reserve === 'express' ? 1 : 1 - RESERVE));
