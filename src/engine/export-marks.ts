import { type DueMark, keepDue, leaveDue, postponeDue, settleDue, takeDue, unkeepDue } from '../store/due.ts';
import { gateCalculated } from './calculated-gate.ts';
import type { RunContext } from './run-context.ts';
import { checkLease } from './sync-page.ts';

/** A page of people, at most 1,000 (R30). */
export const PAGE = 1_000;

export interface MarkPage {
  /** All that were taken. */
  readonly marks: readonly DueMark[];
  /** Those of whom something may have to be told now. */
  readonly open: readonly DueMark[];
  /** Nobody stands behind them at present. */
  readonly isLast: boolean;
}

/** The next page of what is owed and was not looked at by this run. */
export const nextMarks = (ctx: RunContext, only: readonly string[] | undefined): Promise<MarkPage> =>
  takeMarks(ctx, { only, unseenBy: ctx.seenBy });

/** A page of those who wait for the run's end; newer debts than those that were looked at are taken with them. */
export const keptMarks = (ctx: RunContext): Promise<MarkPage> => takeMarks(ctx, { keptBy: ctx.seenBy });

async function takeMarks(
  ctx: RunContext,
  wanted: Pick<Parameters<typeof takeDue>[1], 'only' | 'unseenBy' | 'keptBy'>,
): Promise<MarkPage> {
  const { deps, connection } = ctx;
  const marks = await takeDue(deps.store.db, {
    connectionId: connection.id,
    side: 'crm',
    now: deps.clock.now(),
    limit: PAGE,
    // A page of people whose writes are open would look like the end: whoever stands behind them would wait for nothing.
    withoutIntents: true,
    ...wanted,
  });
  const { open, quiet, later } = await gateCalculated(ctx, marks);
  if (quiet.length + later.length > 0)
    await deps.store.transaction(async (trx) => {
      await checkLease(trx, ctx);
      await settleDue(
        trx,
        connection.id,
        'crm',
        quiet.map(({ subject, version }) => ({ subject, version })),
      );
      await postponeDue(trx, connection.id, 'crm', later);
    });
  return { marks, open, isLast: marks.length < PAGE };
}

/**
 * R43: whoever of a page is still owed what was looked at has had their look; nobody is met twice by one run, and none of them
 * stands in the way of those behind. `waiting`: those who wait for the run's end.
 */
export async function pageIsOver(
  ctx: RunContext,
  { marks }: MarkPage,
  waiting: readonly DueMark[] = [],
): Promise<void> {
  const { deps, connection, seenBy } = ctx;
  const kept = new Set(waiting.map(({ subject }) => subject));
  await leaveDue(
    deps.store.db,
    connection.id,
    seenBy,
    marks.filter(({ subject }) => !kept.has(subject)),
  );
  await keepDue(deps.store.db, connection.id, seenBy, [...kept]);
}

/** The run ends before those who waited for its end were written, or begins anew: they are owed as before. */
export const nobodyWaits = (ctx: RunContext): Promise<void> =>
  unkeepDue(ctx.deps.store.db, ctx.connection.id, ctx.seenBy);
