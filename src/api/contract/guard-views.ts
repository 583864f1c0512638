import { z } from 'zod';
import { KINDS } from '../../core/model.ts';
import { REPAIRS, SCHEMA_WHATS } from '../../core/schema-diff.ts';

/** What changed in the CRM's fields and waits for a repair. */
export const schemaChange = z.object({
  id: z.string(),
  kinds: z.array(z.enum(KINDS)),
  field: z.string(),
  label: z.string(),
  what: z.enum(SCHEMA_WHATS),
  /** Of a renamed field: what it seems to be now. */
  to: z.string().nullable(),
  toLabel: z.string().nullable(),
  /** Mapping lines that it touches. */
  lines: z.array(z.string()),
  /** Whether those lines rest until it is repaired. */
  suspends: z.boolean(),
  at: z.string(),
  message: z.string(),
  todo: z.string(),
  repairs: z.array(z.enum(REPAIRS)),
});
