import type { RemoteRecord } from '../connectors/kit/connector.ts';
import type { LinkState } from './page-state.ts';
import type { RunContext } from './run-context.ts';

/**
 * Linked records as they are now (R32, R90), by the ids that their links know: one that was merged into another is that other
 * one. Who is not in it is not there any more.
 */
export async function readLinked(
  ctx: RunContext,
  links: readonly Pick<LinkState, 'kind' | 'crmId'>[],
): Promise<Map<string, RemoteRecord>> {
  const records = new Map<string, RemoteRecord>();
  for (const kind of ctx.manifest.kinds) {
    const ids = links.filter((link) => link.kind === kind).map((link) => link.crmId);
    if (ids.length === 0) continue;
    for (const record of await ctx.connector.readByIds(kind, ids, ctx.asked)) {
      records.set(record.id, record);
      for (const former of record.formerIds) if (!records.has(former)) records.set(former, record);
    }
  }
  return records;
}
