import type { z } from 'zod';
import type { routes } from '../../../src/api/contract/routes.ts';

type Outcome = z.output<typeof routes.createFields.response>['items'][number];
/** Reasons that have a text of their own (`schema.createFault`). */
const REASONS = ['no_permission', 'not_supported'] as const;

export interface CreatedFields {
  readonly made: readonly string[];
  /** Fields that are missing still, on one kind of record or on all. */
  readonly failed: readonly { readonly field: string; readonly why: (typeof REASONS)[number] | 'rejected_by_crm' }[];
}

/** The answer names a field once for each kind of record; people read each field once, with what is to be done. */
export function createdFields(items: readonly Outcome[]): CreatedFields {
  const fields = [...new Set(items.map((one) => one.key))];
  const faultOf = (field: string) => items.find((one) => one.key === field && !one.ok);
  return {
    made: fields.filter((field) => faultOf(field) === undefined),
    failed: fields.flatMap((field) => {
      const fault = faultOf(field);
      if (fault === undefined) return [];
      return [{ field, why: REASONS.find((one) => one === fault.reason) ?? 'rejected_by_crm' }];
    }),
  };
}
