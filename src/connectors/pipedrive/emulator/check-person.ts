import type { PipedriveState, StoredPerson } from './state.ts';

type Body = Record<string, unknown>;

const KNOWN = new Set([
  'name',
  'first_name',
  'last_name',
  'owner_id',
  'org_id',
  'emails',
  'phones',
  'visible_to',
  'label_ids',
  'notes',
  'job_title',
  'marketing_status',
  'custom_fields',
  'add_time',
]);

/** Strict: unknown keys, two main addresses, options that are not there, and wrong types are refused; custom fields are named. */
export function faultOf(body: Body, state: PipedriveState): string | null {
  const strange = Object.keys(body).find((key) => !KNOWN.has(key));
  if (strange !== undefined) return `${strange}: unrecognized key`;
  const organization = body['org_id'] ?? null;
  if (organization !== null && !state.organizations.has(Number(organization))) return 'org_id: organization not found';
  for (const key of ['emails', 'phones']) {
    const list = (body[key] ?? []) as readonly { value?: unknown; primary?: unknown; label?: unknown }[];
    if (list.filter((one) => one.primary === true).length > 1) return `${key}: only one can be primary`;
    if (list.some(({ value, label }) => typeof value !== 'string' || label === null)) return `${key}: expected strings`;
  }
  if (typeof body['notes'] === 'string' && body['notes'].length > 10_000) return 'notes: at most 10 000 characters';
  for (const [key, value] of Object.entries((body['custom_fields'] ?? {}) as Body)) {
    const field = state.fields.find((one) => one.field_code === key);
    if (field === undefined) return `custom_fields.${key}: unrecognized key`;
    if (value === null) continue;
    const options = new Set((field.options ?? []).map((option) => option.id));
    if (field.field_type === 'enum' && !options.has(value as number)) return `custom_fields.${key}: invalid option`;
    if (field.field_type === 'set' && (!Array.isArray(value) || value.length === 0))
      return `custom_fields.${key}: invalid options`;
    if (field.field_type === 'set' && Array.isArray(value) && value.some((one) => !options.has(one)))
      return `custom_fields.${key}: invalid options`;
    if (field.field_type === 'double' && typeof value !== 'number') return `custom_fields.${key}: expected number`;
    if (field.field_type === 'date' && !/^\d{4}-\d{2}-\d{2}$/.test(String(value)))
      return `custom_fields.${key}: expected date`;
    const inner = typeof value === 'object' && value !== undefined && 'value' in value ? value.value : undefined;
    if (field.field_type === 'monetary' && typeof inner !== 'number') return `custom_fields.${key}: expected amount`;
    if (field.field_type === 'time' && !/^\d{2}:\d{2}(:\d{2})?$/.test(String(inner)))
      return `custom_fields.${key}: expected time`;
    if (field.field_type === 'varchar' && (typeof value !== 'string' || value.length > 255))
      return `custom_fields.${key}: expected string of at most 255`;
  }
  return null;
}

/** Of a checked body what a person keeps. */
export function valuesOf(body: Body): Partial<StoredPerson> {
  const {
    custom_fields: custom,
    first_name: _first,
    last_name: _last,
    add_time: _added,
    visible_to: _visible,
    ...rest
  } = body;
  // Checked by `faultOf`.
  return {
    ...(rest as Partial<StoredPerson>),
    ...(custom === undefined ? {} : { custom: custom as Record<string, unknown> }),
  };
}
