import { NotFound } from '../../core/invalid-input.ts';
import { loadConnection } from '../../engine/connection.ts';
import { listMergeProposals, type ProposalSide } from '../../engine/merge-proposals.ts';
import { contactsById } from '../../hub/read-contacts.ts';
import { declineMerge } from '../../store/merge-proposals.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { decodeCursor, encodeCursor, iso } from '../present.ts';
import { type App, register } from '../register.ts';

/** Contacts that seem to be one person: told, and declined. */
export function addMergeRoutes(app: App, deps: ApiDeps): void {
  const { store, clock, manifests, baseUrl } = deps.engine;
  const labelOf = (crm: string): string => manifests.get(crm)?.label ?? crm;
  const present = ({ createdAt, updatedAt, connections, takes, drops, ...side }: ProposalSide) => ({
    ...side,
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
    connections: connections.map((one) => ({ ...one, crmLabel: labelOf(one.crm) })),
    takes: { ...takes },
    drops: { ...drops },
  });
  register(app, deps, routes.mergeProposals, async ({ query }) => {
    const connectionId =
      query.connection === undefined ? undefined : (await loadConnection(store.db, query.connection)).id;
    const after = decodeCursor(query.cursor);
    const found = await listMergeProposals(store.db, {
      connectionId,
      contactId: query.contact,
      limit: query.limit + 1,
      before: after === undefined ? undefined : { at: after.value, id: after.id },
    });
    const page = found.slice(0, query.limit);
    const last = found.length > query.limit ? page.at(-1) : undefined;
    return {
      items: page.map(({ sides: [a, b], foundAt, ...one }) => ({
        ...one,
        crmLabel: one.crm === null ? null : labelOf(one.crm),
        foundAt: iso(foundAt),
        sides: [present(a), present(b)],
      })),
      next: last === undefined ? null : encodeCursor(last.foundAt, last.id),
    };
  });
  register(app, deps, routes.declineMerge, async ({ params, caller }) => {
    const [a, b, ...rest] = (params['id'] ?? '').split('~');
    if (a === undefined || b === undefined || a === b || rest.length > 0) throw new NotFound('merge proposal');
    if ((await contactsById(store.db, [a, b], baseUrl)).length < 2) throw new NotFound('merge proposal');
    await store.transaction((trx) => declineMerge(trx, [a, b], { by: `${caller.kind}:${caller.id}`, at: clock.now() }));
    return { ok: true };
  });
}
