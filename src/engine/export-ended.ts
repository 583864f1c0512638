import type { WriteOutcome } from '../connectors/kit/connector.ts';
import { RemoteError } from '../connectors/kit/errors.ts';
import { forgetCompanies } from './company-store.ts';
import type { PlannedWrite } from './export-plan.ts';
import type { RunContext } from './run-context.ts';
import { checkLease } from './sync-page.ts';

interface Written {
  readonly planned: PlannedWrite;
  readonly outcome: WriteOutcome;
}

/** Nothing was written, and the CRM may have said so because of a company that the write names. */
function mayBeOfCompany({ planned, outcome }: Written): boolean {
  const named = planned.write.companyIds ?? {};
  if (planned.isSecondTry === true || Object.keys(named).length === 0) return false;
  // Some CRMs answer "not found", whichever of the two is not there.
  if (outcome.kind === 'gone') return true;
  return outcome.kind === 'refused' && outcome.faults.some(({ field }) => field === null || field in named);
}

/**
 * R25: who was refused because of a company that is none any more is not rejected: the company is forgotten, and the write
 * comes back to be tried once more, with the one that is found or made in its place. What vendors say in such a case differs
 * and is seldom documented, so the companies themselves are looked for, by id.
 */
export async function withoutEndedCompanies(
  ctx: RunContext,
  written: readonly Written[],
): Promise<{ readonly pairs: readonly Written[]; readonly ended: readonly PlannedWrite[] }> {
  const { deps, connection, connector } = ctx;
  const suspects = new Set(written.filter(mayBeOfCompany));
  const ids = new Set([...suspects].flatMap(({ planned }) => Object.values(planned.write.companyIds ?? {})));
  if (connector.companies === undefined || ids.size === 0) return { pairs: written, ended: [] };
  let gone: ReadonlySet<string>;
  try {
    gone = new Set(await connector.companies.gone([...ids]));
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    // Not known, and nothing was written: later.
    const later: WriteOutcome = { kind: 'throttled', retryAt: error.retryAt ?? null };
    return { pairs: written.map((one) => (suspects.has(one) ? { ...one, outcome: later } : one)), ended: [] };
  }
  const isEnded = (one: Written): boolean =>
    suspects.has(one) && Object.values(one.planned.write.companyIds ?? {}).some((id) => gone.has(id));
  const ended = written.filter(isEnded);
  if (ended.length === 0) return { pairs: written, ended: [] };
  await deps.store.transaction(async (trx) => {
    await checkLease(trx, ctx);
    await forgetCompanies(trx, connection.id, [...gone], deps.clock.now());
  });
  return { pairs: written.filter((one) => !isEnded(one)), ended: ended.map(({ planned }) => again(ctx, planned)) };
}

function again(ctx: RunContext, planned: PlannedWrite): PlannedWrite {
  const { companyIds: _ended, ...write } = planned.write;
  return { ...planned, isSecondTry: true, write: { ...write, key: ctx.deps.ids.next('int') } };
}
