import { z } from 'zod';
import { FORM_LOCALES, FORM_PHASES, SUBMISSION_STATUSES } from '../../core/form.ts';

/** What people write when they build a form, and what the API answers about forms. */
const text = (max: number) => z.string().max(max);

export const formField = z.strictObject({
  field: z.string(),
  label: text(200).default(''),
  help: text(400).default(''),
  required: z.boolean().default(false),
  progressive: z.boolean().default(false),
});
export const hiddenField = z.strictObject({
  field: z.string(),
  value: text(500).default(''),
  parameter: text(60).default(''),
});
export const consentBox = z.strictObject({ text: z.string(), required: z.boolean().default(false) });

/** The defaults are a form that works as it stands. */
const settings = {
  locale: z.enum(FORM_LOCALES).default('en'),
  title: text(200).default(''),
  intro: text(2_000).default(''),
  button: text(60).default(''),
  fields: z
    .array(formField)
    .max(50)
    .default([
      { field: 'email', label: '', help: '', required: true, progressive: false },
      { field: 'first_name', label: '', help: '', required: false, progressive: false },
      { field: 'last_name', label: '', help: '', required: true, progressive: false },
      { field: 'company', label: '', help: '', required: true, progressive: false },
    ]),
  hidden: z.array(hiddenField).max(20).default([]),
  consents: z.array(consentBox).max(10).default([]),
  progressiveAtMost: z.int().min(0).max(20).default(0),
  thanks: text(2_000).default(''),
  redirect: z.string().max(1_000).nullable().default(null),
  file: z.string().nullable().default(null),
  doubleOptIn: z.boolean().default(false),
  overwrite: z.boolean().default(false),
  phase: z.enum(FORM_PHASES).nullable().default('evaluation'),
  hourlyCeiling: z.int().min(1).max(100_000).default(100),
  origins: z.array(z.string().max(200)).max(50).default([]),
};

export const formInput = z.strictObject({
  name: text(120).min(1),
  enabled: z.boolean().default(true),
  ...settings,
});
/** What is absent stays as it is. */
export const formPatch = z.strictObject({
  name: text(120).min(1).optional(),
  enabled: z.boolean().optional(),
  ...Object.fromEntries(Object.entries(settings).map(([key, schema]) => [key, schema.unwrap().optional()])),
} as { readonly name: z.ZodOptional<z.ZodString>; readonly enabled: z.ZodOptional<z.ZodBoolean> } & {
  readonly [K in keyof typeof settings]: z.ZodOptional<ReturnType<(typeof settings)[K]['unwrap']>>;
});

const time = z.string();
const value = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]);

export const form = z.object({
  id: z.string(),
  key: z.string(),
  version: z.number(),
  ...formInput.shape,
  /** Addresses and code to paste. */
  address: z.string(),
  script: z.string(),
  embed: z.string(),
  counts: z.object({
    accepted: z.number(),
    held: z.number(),
    refused: z.number(),
    lastAt: time.nullable(),
  }),
  createdAt: time,
  updatedAt: time,
});
export const formRefusal = z.object({
  reason: z.string(),
  detail: z.string(),
  count: z.number(),
  lastAt: time,
});

export const submission = z.object({
  id: z.string(),
  form: z.object({ id: z.string(), name: z.string(), version: z.number() }),
  status: z.enum(SUBMISSION_STATUSES),
  reasons: z.array(z.object({ reason: z.string(), message: z.string() })),
  test: z.boolean(),
  email: z.string(),
  fields: z.record(z.string(), value),
  consents: z.array(z.object({ purpose: z.string(), words: z.string(), version: z.number(), language: z.string() })),
  said: z.record(z.string(), value),
  contactId: z.string().nullable(),
  createdContact: z.boolean(),
  proven: z.string().nullable(),
  page: z.string().nullable(),
  decidedBy: z.string().nullable(),
  at: time,
});

export const consentTextInput = z.strictObject({
  name: text(120).min(1),
  purpose: z.string().max(60),
  mail: z.boolean().default(false),
  words: z.partialRecord(z.enum(FORM_LOCALES), text(2_000)),
});
export const consentTextPatch = z.strictObject({
  name: text(120).min(1).optional(),
  purpose: z.string().max(60).optional(),
  mail: z.boolean().optional(),
  words: z.partialRecord(z.enum(FORM_LOCALES), text(2_000)).optional(),
});
export const consentText = z.object({
  id: z.string(),
  name: z.string(),
  purpose: z.string(),
  mail: z.boolean(),
  version: z.number(),
  words: z.record(z.string(), z.string()),
  createdAt: time,
  updatedAt: time,
});
export const consentVersion = z.object({
  version: z.number(),
  words: z.record(z.string(), z.string()),
  savedBy: z.string(),
  at: time,
});
export const consentRecord = z.object({
  purpose: z.string(),
  given: z.boolean(),
  at: time,
  how: z.string(),
  source: z.string().nullable(),
  /** What people call the source: a form, an imported list, a user; null: it is none of them, or no more. */
  sourceName: z.string().nullable(),
  sourceVersion: z.number().nullable(),
  words: z.string().nullable(),
  language: z.string().nullable(),
  proven: z.boolean(),
  ground: z.string().nullable(),
  /** Of what a CRM said: its field and value as people read them, the record, and when it was changed there. */
  evidence: z
    .object({
      crm: z.string(),
      field: z.string(),
      label: z.string(),
      value: z.string(),
      crmId: z.string(),
      crmUrl: z.string().nullable(),
      crmAt: time.nullable(),
    })
    .nullable(),
});
export const storedFile = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  size: z.number(),
  downloads: z.number(),
  address: z.string(),
  createdAt: time,
});
export const reach = z.object({
  connection: z.string(),
  crm: z.string(),
  /** `points`: the minimum score is not reached; `off`: nothing is sent there at the moment. */
  state: z.enum(['linked', 'on_its_way', 'points', 'off']),
  score: z.number(),
  minimum: z.number(),
});
export const tracking = z.object({
  key: z.string(),
  /** To paste into each page. */
  code: z.string(),
  /** Origins that may send; `PATCH /settings` has them. */
  sites: z.array(z.string()),
  excluded: z.array(z.string()),
  cookieMonths: z.number(),
  /** Visits since yesterday, so that whoever pastes the code sees that it works. */
  visits: z.number(),
});
