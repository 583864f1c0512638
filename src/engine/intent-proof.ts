import type { RemoteRecord } from '../connectors/kit/connector.ts';
import type { FieldWrite } from '../core/decide.ts';
import type { Fields, Kind } from '../core/model.ts';
import { settleCrm } from '../core/settle.ts';
import { UNDO_RULE } from '../core/undo.ts';
import { isSame } from '../core/value.ts';
import { contactIdOf, type LinkState } from './page-state.ts';
import type { RunContext } from './run-context.ts';

/** A write that was announced and whose answer never came. */
export interface OpenIntent {
  readonly contact_id: string;
  readonly kind: Kind;
  readonly op: 'create' | 'update';
  readonly fields: Fields;
  readonly writes: readonly FieldWrite[];
}

/**
 * Whether the record that was found is what this intent made. One that carries our way back says so itself; where the CRM
 * has no field for it, every value must be there as sent. Whoever made another record of that address meanwhile made it:
 * it is met like any other (R5), so that nothing they entered counts as ours.
 */
export function madeBy(ctx: RunContext, intent: OpenIntent, record: RemoteRecord): boolean {
  const { url } = ctx.systemFields;
  if (url !== null && url in intent.fields) return contactIdOf(record.linkBack) === intent.contact_id;
  return intent.writes.every((write) => isStored(ctx, intent.kind, write, record) !== false);
}

/**
 * What of an update has arrived. Values that are as before it have not: they stay owed. A value that is neither was
 * changed by somebody after us, or re-spelt by the CRM; only the CRM's word that we came last makes it ours (R2c).
 */
export function arrived(ctx: RunContext, intent: OpenIntent, record: RemoteRecord): readonly FieldWrite[] {
  if (!intent.writes.some((write) => isStored(ctx, intent.kind, write, record) === true)) return [];
  return intent.writes.filter(
    (write) =>
      isStored(ctx, intent.kind, write, record) !== false || !isSame(record.fields[write.field] ?? null, write.before),
  );
}

/** Whether the link of this person leads to this record, or may be made to. */
export const mayHold = (record: RemoteRecord, link: LinkState | null, holder: LinkState | undefined): boolean =>
  link === null ? holder === undefined : link.crmId === record.id || link.formerIds.includes(record.id);

/** null: the record does not tell. */
function isStored(ctx: RunContext, kind: Kind, write: FieldWrite, record: RemoteRecord): boolean | null {
  const bound = (ctx.lines[kind] ?? []).find((line) => line.key === write.key);
  const value = record.fields[write.field];
  if (bound === undefined || value === undefined) return null;
  // What takes a value back is not what stands here (R38).
  if (write.rule === UNDO_RULE) return bound.codec.sameCrm(value, write.value);
  const settled = settleCrm(write, value, bound);
  return settled.shadow !== null && settled.storedDifferently !== true;
}
