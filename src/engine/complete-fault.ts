import { keptValue } from '../core/kept-value.ts';
import { optionBook, readable } from '../core/labels.ts';
import type { Fault } from '../core/model.ts';
import { isEmpty } from '../core/value.ts';
import type { PlannedWrite } from './export-plan.ts';
import type { RunContext } from './run-context.ts';

/**
 * What a vendor says about a field, with what we know and it leaves out: the field as people call it, the value that was sent
 * as it stands in the hub, and what kind of value is wanted. What it says itself stays.
 */
export function completeFault(ctx: RunContext, { kind, fields }: PlannedWrite, fault: Fault): Fault {
  if (fault.field === null) return fault;
  const schema = (ctx.schema.kinds[kind] ?? []).find((one) => one.key === fault.field);
  const made = fields.find((one) => one.field === fault.field);
  const bound = (ctx.lines[kind] ?? []).find((one) => one.key === made?.key);
  const value =
    made === undefined || bound === undefined || isEmpty(made.source)
      ? {}
      : { value: keptValue(readable(made.source, bound.hubField, optionBook(bound.hubField.options))) };
  return {
    ...fault,
    params: {
      ...(schema === undefined ? {} : { label: schema.label, expected: schema.type }),
      ...value,
      ...fault.params,
    },
  };
}
