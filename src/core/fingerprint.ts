import type { FieldSchema, MappingLine, Value } from './model.ts';

/**
 * What a rejection was about (R15b): it is not tried again until this text changes, i.e. the values, the line, or the
 * parts of the schema that refused them.
 */
export const fingerprint = (values: readonly (Value | undefined)[], line?: MappingLine, field?: FieldSchema): string =>
  JSON.stringify([
    values.map((value) => value ?? null),
    line === undefined
      ? null
      : [line.hub, line.crm, line.direction, line.default ?? null, line.values ?? null, line.unknownValues ?? null],
    field === undefined
      ? null
      : [
          field.type,
          field.required,
          field.maxLength ?? null,
          field.restricted ?? null,
          field.options?.length ?? null,
          // Only where it is so, so that what was kept before reads the same.
          ...(field.writableOnUpdate ? [] : ['given once']),
        ],
  ]);
