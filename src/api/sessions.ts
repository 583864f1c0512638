import { NotFound } from '../core/invalid-input.ts';
import type { Store } from '../store/db.ts';

export interface SessionView {
  readonly id: string;
  readonly userId: string;
  readonly email: string;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Sessions that are open; of one person, or of everybody. Tokens never leave. */
export async function listSessions(store: Store, now: number, userId?: string): Promise<readonly SessionView[]> {
  let rows = store.db
    .selectFrom('session')
    .innerJoin('user', 'user.id', 'session.userId')
    .select(['session.id', 'session.userId', 'user.email', 'session.ipAddress', 'session.userAgent'])
    .select(['session.createdAt', 'session.expiresAt'])
    .where('session.expiresAt', '>', new Date(now));
  if (userId !== undefined) rows = rows.where('session.userId', '=', userId);
  return (await rows.orderBy('session.createdAt', 'desc').limit(500).execute()).map((row) => ({
    id: row.id,
    userId: row.userId,
    email: row.email,
    address: row.ipAddress,
    userAgent: row.userAgent,
    createdAt: row.createdAt.getTime(),
    expiresAt: row.expiresAt.getTime(),
  }));
}

/** Ends a session; of anybody where `userId` is undefined, else only if it is theirs. @throws NotFound */
export async function endSession(store: Store, id: string, userId?: string): Promise<void> {
  let query = store.db.deleteFrom('session').where('id', '=', id);
  if (userId !== undefined) query = query.where('userId', '=', userId);
  const row = await query.returning('id').executeTakeFirst();
  if (row === undefined) throw new NotFound('session');
}
