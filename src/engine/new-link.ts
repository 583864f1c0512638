import type { RemoteRecord } from '../connectors/kit/connector.ts';
import type { Kind } from '../core/model.ts';
import { type LinkState, NO_TUGS } from './page-state.ts';
import type { RunContext } from './run-context.ts';

/** A link that is yet to be saved, with an empty shadow: its two sides meet for the first time. */
export function newLink(
  ctx: RunContext,
  input: {
    readonly record: RemoteRecord | null;
    readonly crmId: string;
    readonly contactId: string;
    readonly kind: Kind;
    readonly role?: LinkState['role'];
  },
): LinkState {
  const { record } = input;
  return {
    id: ctx.deps.ids.next('lnk'),
    contactId: input.contactId,
    kind: input.kind,
    crmId: input.crmId,
    formerIds: record?.formerIds ?? [],
    role: input.role ?? 'primary',
    state: 'active',
    stateSince: null,
    stateWhy: null,
    shadow: {},
    shadowVersion: 1,
    base: { shadow: {}, holds: {} },
    holds: {},
    tugs: NO_TUGS,
    crmVersion: record?.version ?? null,
    crmModifiedAt: null,
    crmUrl: record?.url ?? null,
    owner: record?.owner ?? null,
    calculatedSentAt: null,
    isNew: true,
    dirty: true,
  };
}
