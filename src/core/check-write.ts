import type { BoundLine, FieldWrite } from './decide.ts';
import type { Fault, FieldSchema, Fields, LineKey, Value } from './model.ts';
import { isEmpty } from './value.ts';

export interface CheckedWrite {
  /** Fields to send, CRM keys, defaults included. */
  readonly fields: Fields;
  /** The writes that stand behind them. */
  readonly writes: readonly FieldWrite[];
  /** Values left out, by line (R15b). */
  readonly left: readonly { readonly key: LineKey; readonly fault: Fault; readonly value: Value }[];
  /** Not null: the record as a whole cannot be written. */
  readonly refused: Fault | null;
}

/**
 * R15, R15b: finds before a call is spent what the CRM's own metadata refuses. On an update the good fields are written
 * and the bad ones rejected by field; on a create a missing required field rejects the record.
 */
export function checkWrite(input: {
  readonly op: 'create' | 'update';
  readonly writes: readonly FieldWrite[];
  readonly lines: readonly BoundLine[];
  readonly schema: readonly FieldSchema[];
}): CheckedWrite {
  const bySchema = new Map(input.schema.map((field) => [field.key, field]));
  const fields: Record<string, Value> = {};
  const writes: FieldWrite[] = [];
  const left: CheckedWrite['left'][number][] = [];
  for (const write of input.writes) {
    const field = bySchema.get(write.field);
    if (field === undefined) continue;
    // A new person is made without it; what is left is met by the next look at the record.
    if (input.op === 'create' && !field.writableOnCreate) continue;
    const fault = faultOf(field, input.op, write.value);
    if (fault === null) {
      fields[write.field] = write.value;
      writes.push(write);
    } else if (input.op === 'update') left.push({ key: write.key, fault, value: write.value });
  }
  const refused = input.op === 'create' ? fillRequired(fields, input.lines, input.schema) : null;
  return { fields, writes, left, refused };
}

/** A field that is given once, on creation, cannot be changed: the change is told, not dropped in silence. */
function faultOf(field: FieldSchema, op: 'create' | 'update', value: Value): Fault | null {
  if (op === 'update' && !field.writableOnUpdate)
    return { reason: 'no_permission', field: field.key, params: { label: field.label } };
  return isEmpty(value) && field.required ? missing(field) : null;
}

const missing = (field: FieldSchema): Fault => ({
  reason: 'missing_required',
  field: field.key,
  params: { label: field.label },
});

/** R20b: a default is written only where the CRM demands a value. @returns what is still missing. */
function fillRequired(
  fields: Record<string, Value>,
  lines: readonly BoundLine[],
  schema: readonly FieldSchema[],
): Fault | null {
  for (const field of schema) {
    if (!field.required || !field.writableOnCreate || !isEmpty(fields[field.key])) continue;
    const standIn = lines.find((bound) => bound.line.crm === field.key)?.codec.standIn ?? null;
    if (isEmpty(standIn)) return missing(field);
    fields[field.key] = standIn;
  }
  return null;
}
