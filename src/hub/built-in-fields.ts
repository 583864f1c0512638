import type { FieldSchema, ValueType } from '../core/model.ts';

const field = (key: string, type: ValueType, extra: Partial<FieldSchema> = {}): FieldSchema => ({
  key,
  label: key,
  type,
  calculated: false,
  writableOnCreate: true,
  writableOnUpdate: true,
  required: false,
  ...extra,
});

const calculated = (key: string, type: ValueType, extra: Partial<FieldSchema> = {}): FieldSchema =>
  field(key, type, { calculated: true, writableOnCreate: false, writableOnUpdate: false, ...extra });

/**
 * The hub fields that always exist (surface.md, "Hub fields"). Labels are message keys: `field.<key>`.
 * `url` is the contact page's permanent address; `origin` is only ever written from a CRM.
 */
export const BUILT_IN_FIELDS: readonly FieldSchema[] = [
  field('email', 'email', { required: true, unique: true, maxLength: 254 }),
  field('first_name', 'text'),
  field('last_name', 'text'),
  field('company', 'text'),
  field('job_title', 'text'),
  field('phone', 'phone'),
  field('mobile', 'phone'),
  field('street', 'longText'),
  field('city', 'text'),
  field('postal_code', 'text'),
  field('state', 'text'),
  field('country', 'text'),
  field('website', 'url'),
  field('language', 'text'),
  field('status', 'text'),
  calculated('source', 'text'),
  calculated('medium', 'text'),
  calculated('last_source', 'text'),
  calculated('last_medium', 'text'),
  field('origin', 'text'),
  calculated('consent', 'text'),
  field('opt_out', 'boolean'),
  field('notes', 'longText'),
  calculated('score', 'number', { scale: 0 }),
  calculated('url', 'url'),
];
