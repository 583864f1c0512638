import type { RemoteRecord } from '../connectors/kit/connector.ts';
import type { Admission } from '../core/admit.ts';
import type { Fault, Outcome } from '../core/model.ts';
import type { Effects } from './page-effects.ts';
import type { ContactState, PageState } from './page-state.ts';
import type { RunContext } from './run-context.ts';
import { nameOf } from './settle-hub.ts';

/** What became of one record; `null` reason: nothing to say. */
export interface RecordOutcome {
  readonly outcome: Outcome;
  readonly reason: string | null;
}

/** As people read it, from the fields that the mapping calls names, else the address. */
export function recordName(ctx: RunContext, record: RemoteRecord): string {
  const lines = ctx.lines[record.kind] ?? [];
  const part = (hub: string): string => {
    const line = lines.find((bound) => bound.line.hub === hub);
    const value = line === undefined ? undefined : record.fields[line.line.crm];
    return typeof value === 'string' ? value : '';
  };
  return [part('first_name'), part('last_name')].filter((text) => text !== '').join(' ');
}

/** One record of a page, with the locked state that it is decided on and what its decision adds to. */
export interface RecordCase {
  readonly state: PageState;
  readonly effects: Effects;
  readonly record: RemoteRecord;
  readonly admission: Admission;
}

interface ItemInput {
  readonly contact: ContactState;
  readonly record: RemoteRecord;
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly changes: Effects['items'][number]['changes'];
  readonly conflicts: number;
  readonly params?: Fault['params'];
}

/** R39: `unchanged` and `filtered` are counted, not stored. */
export function addItem(effects: Effects, input: ItemInput): void {
  if (input.outcome === 'unchanged' || input.outcome === 'filtered') return;
  const { contact, record } = input;
  effects.items.push({
    contactId: contact.id,
    email: contact.email,
    name: nameOf(contact),
    kind: record.kind,
    crmId: record.id,
    crmUrl: record.url,
    outcome: input.outcome,
    reason: input.reason,
    params: input.params ?? {},
    changes: input.changes,
    conflicts: input.conflicts,
  });
}
