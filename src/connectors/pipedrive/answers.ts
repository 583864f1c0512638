import { z } from 'zod';
import { idNumber, idText } from '../kit/read.ts';

/** Version 1 has yes/no, or 1 and 0, now and then as text. */
const flag = z.union([z.boolean(), z.literal([0, 1, '0', '1']).transform((value) => String(value) === '1')]).nullish();

/** The vendor's answers, as far as we use them; keys that we do not know are left alone. */
const valueSchema = z.object({
  value: z.string().nullish(),
  primary: z.boolean().nullish(),
  label: z.string().nullish(),
});
const personSchema = z.looseObject({
  id: idNumber,
  name: z.string().nullish(),
  first_name: z.string().nullish(),
  last_name: z.string().nullish(),
  owner_id: idNumber.nullish(),
  org_id: idNumber.nullish(),
  add_time: z.string().nullish(),
  update_time: z.string().nullish(),
  emails: z.array(valueSchema).nullish(),
  phones: z.array(valueSchema).nullish(),
  is_deleted: flag,
  custom_fields: z.record(z.string(), z.unknown()).nullish(),
});
const nextSchema = z.object({ next_cursor: z.string().nullish() }).nullish();
export const personsSchema = z.object({ data: z.array(personSchema).nullish(), additional_data: nextSchema });
export const onePersonSchema = z.object({ data: personSchema });
const fieldSchema = z.looseObject({
  field_name: z.string(),
  field_code: z.string(),
  field_type: z.string(),
  options: z.array(z.looseObject({ id: z.union([z.number(), z.string()]), label: z.string() })).nullish(),
  is_custom_field: z.boolean().nullish(),
  is_writable: z.boolean().nullish(),
});
export const fieldsSchema = z.object({ data: z.array(fieldSchema).nullish(), additional_data: nextSchema });
/** No hits are an empty list, or no list at all. */
export const searchSchema = z
  .object({
    data: z
      .object({
        items: z.array(z.object({ item: z.looseObject({ id: idNumber, name: z.string().nullish() }) })).nullish(),
      })
      .nullish(),
  })
  .transform(({ data }) => (data?.items ?? []).map(({ item }) => item));
/** The vendor's description wraps each hit in `item`, its example does not: both are read (BEHAVIOR.md, "Look-ups"). */
const hitSchema = z.union([
  z.looseObject({ item: z.looseObject({ id: idNumber }) }).transform(({ item }) => item.id),
  z.looseObject({ id: idNumber }).transform(({ id }) => id),
]);
/** A list by the description; other searches have theirs under `items`. */
export const itemsSchema = z
  .object({ data: z.union([z.array(hitSchema), z.object({ items: z.array(hitSchema).nullish() })]).nullish() })
  .transform(({ data }) => (Array.isArray(data) ? data : (data?.items ?? [])));
export const organizationsSchema = z.object({
  data: z.array(z.looseObject({ id: idNumber, name: z.string().nullish(), is_deleted: flag })).nullish(),
  additional_data: nextSchema,
});
export const oneOrganizationSchema = z.object({ data: z.looseObject({ id: idNumber }) });
const userSchema = z.looseObject({
  id: idNumber,
  name: z.string().nullish(),
  email: z.string().nullish(),
  active_flag: flag,
  is_deleted: flag,
});
export type User = z.infer<typeof userSchema>;
export const usersSchema = z.object({ data: z.array(userSchema).nullish() });
export const meSchema = z.object({
  data: z.looseObject({
    id: idText,
    name: z.string().nullish(),
    email: z.string().nullish(),
    company_id: idText,
    company_name: z.string().nullish(),
    company_domain: z.string().nullish(),
    default_currency: z.string().nullish(),
    timezone_name: z.string().nullish(),
    active_flag: flag,
  }),
});
export type Me = z.infer<typeof meSchema>['data'];
/** Pages of version 1. */
export const offsetPages = z
  .looseObject({
    pagination: z.looseObject({ more_items_in_collection: flag, next_start: idNumber.nullish() }).nullish(),
  })
  .nullish();
/** Where the next page of version 1 begins; what was left out is as many further as rows came. null: there is none. */
export const nextStartOf = (
  pagination: NonNullable<z.infer<typeof offsetPages>>['pagination'],
  start: number,
  rows: number,
): number | null =>
  pagination?.more_items_in_collection !== true || rows === 0 ? null : (pagination.next_start ?? start + rows);
export const recentsSchema = z.object({
  data: z
    .array(
      z.looseObject({
        item: z.string(),
        id: idText,
        data: z.looseObject({ active_flag: flag, is_deleted: flag }).nullish(),
      }),
    )
    .nullish(),
  additional_data: offsetPages,
});
