import type { FieldSchema } from '../../src/core/model.ts';

/** A field of a schema: a text that may be written, unless told otherwise. */
export const field = (key: string, extra: Partial<FieldSchema> = {}): FieldSchema => ({
  key,
  label: key,
  type: 'text',
  calculated: false,
  writableOnCreate: true,
  writableOnUpdate: true,
  required: false,
  ...extra,
});
