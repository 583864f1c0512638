import { z } from 'zod';
import { CONFLICT_POLICIES, DIRECTIONS, KINDS } from '../../core/model.ts';

const consentWords = z.array(z.union([z.string().min(1), z.boolean()])).min(1);

/** Settings of a connection (surface.md): the same schema parses the file, the API and the screen. */
export const mappingLine = z.strictObject({
  kind: z.enum(KINDS),
  hub: z.string().min(1),
  crm: z.string().min(1),
  direction: z.enum(DIRECTIONS),
  enabled: z.boolean().optional(),
  conflict: z.enum(CONFLICT_POLICIES).optional(),
  ignoreEmpty: z.boolean().optional(),
  default: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
  values: z.record(z.string(), z.union([z.string(), z.array(z.string()).min(1)])).optional(),
  leaveOut: z.array(z.string().min(1)).optional(),
  optOut: z.boolean().optional(),
  unknownValues: z.enum(['add', 'reject']).optional(),
  /** R8a: the CRM field is a permission for one purpose; `hub` is then `consent`. Of a box: `given: [true]` or `withdrawn: [true]`. */
  consent: z
    .strictObject({
      purpose: z.string().min(1),
      given: consentWords.optional(),
      withdrawn: consentWords.optional(),
      /** What is given there counts here; without it the CRM can only withdraw. */
      source: z.boolean().optional(),
    })
    .optional(),
});

const scalar = z.union([z.string(), z.number(), z.boolean()]);

export const importSettings = z.strictObject({
  leads: z.boolean().default(true),
  contacts: z.boolean().default(false),
  contactFilter: z
    .strictObject({
      enabled: z.boolean().default(false),
      field: z.string().default('sync_to_tandem'),
      value: scalar.default(true),
    })
    .prefault({}),
});

const timelineCap = z.int().min(1).max(100_000);

export const exportSettings = z
  .strictObject({
    enabled: z.boolean().default(false),
    /** No default: 0 means everybody, so somebody has to say it. */
    minimumScore: z.int().min(0).max(50).optional(),
    createAs: z.enum(KINDS).default('lead'),
    systemFieldsOnContacts: z.boolean().default(false),
    scoreStep: z.int().min(1).max(50).default(5),
    /** R80: what linked people did, as activities or notes on their records; without a cap as many as a tenth of the share can write. */
    timeline: z.strictObject({ enabled: z.boolean().default(false), dailyCap: timelineCap.optional() }).prefault({}),
  })
  .refine((value) => !value.enabled || value.minimumScore !== undefined, {
    path: ['minimumScore'],
    error: 'minimum_score_required',
  });

/** R50: when a run that nobody watches waits for a person; of a share and a number the larger counts. */
const breakerParts = {
  enabled: z.boolean(),
  /** Creates and overwrites. */
  changes: z.int().min(1).max(1_000_000),
  changesShare: z.number().min(0).max(1),
  /** Blanked, unlinked and deleted. */
  losses: z.int().min(1).max(1_000_000),
  lossesShare: z.number().min(0).max(1),
};
export const breakerSettings = z.strictObject({
  enabled: breakerParts.enabled.default(true),
  changes: breakerParts.changes.default(50),
  changesShare: breakerParts.changesShare.default(0.05),
  losses: breakerParts.losses.default(20),
  lossesShare: breakerParts.lossesShare.default(0.01),
});

/** R25: who shall own the records that we make; off: the CRM decides. People are named by their address in the CRM. */
const ownerSettings = z.strictObject({
  assign: z.boolean().default(false),
  /** Hub field whose value says it: an address, a country, a segment. */
  field: z.string().default(''),
  map: z.record(z.string().min(1), z.string().min(3)).default({}),
  fallback: z.string().min(3).optional(),
});

export const connectionSettings = z.strictObject({
  baseUrl: z.url().optional(),
  authUrl: z.url().optional(),
  import: importSettings.prefault({}),
  export: exportSettings.prefault({}),
  schedule: z.strictObject({ everyMinutes: z.int().min(5).max(1_440).default(120) }).prefault({}),
  conflict: z.enum(CONFLICT_POLICIES).default('latest'),
  quota: z.strictObject({ dailyShare: z.number().min(0.01).max(1).default(0.5) }).prefault({}),
  notify: z
    .strictObject({ addresses: z.string().default(''), when: z.enum(['each', 'problems', 'daily']).default('each') })
    .prefault({}),
  breaker: breakerSettings.prefault({}),
  /** Day on which the credentials end, where somebody knows it: administrators are mailed ahead of it. */
  credentialsEndOn: z.iso.date().optional(),
  startAutomations: z.boolean().default(false),
  owners: ownerSettings.prefault({}),
  options: z.record(z.string(), z.unknown()).default({}),
});
export type ConnectionSettings = z.infer<typeof connectionSettings>;

export const credentialsInput = z.looseObject({ method: z.string().min(1) }).catchall(z.string());

const connectionName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'connection_name');

export const connectionInput = connectionSettings.extend({
  name: connectionName,
  crm: z.string(),
  enabled: z.boolean().default(false),
  credentials: credentialsInput,
  mappings: z.array(mappingLine).optional(),
});
export type ConnectionInput = z.infer<typeof connectionInput>;

/** PATCH: only what is named changes; nested objects are merged key by key. */
export const connectionPatch = z.strictObject({
  name: connectionName.optional(),
  enabled: z.boolean().optional(),
  credentials: credentialsInput.optional(),
  mappings: z.array(mappingLine).optional(),
  baseUrl: z.url().nullable().optional(),
  authUrl: z.url().nullable().optional(),
  import: z
    .strictObject({
      leads: z.boolean(),
      contacts: z.boolean(),
      contactFilter: z.strictObject({ enabled: z.boolean(), field: z.string(), value: scalar }).partial(),
    })
    .partial()
    .optional(),
  export: z
    .strictObject({
      enabled: z.boolean(),
      minimumScore: z.int().min(0).max(50),
      createAs: z.enum(KINDS),
      systemFieldsOnContacts: z.boolean(),
      scoreStep: z.int().min(1).max(50),
      timeline: z.strictObject({ enabled: z.boolean(), dailyCap: timelineCap.nullable() }).partial(),
    })
    .partial()
    .optional(),
  schedule: z
    .strictObject({ everyMinutes: z.int().min(5).max(1_440) })
    .partial()
    .optional(),
  conflict: z.enum(CONFLICT_POLICIES).optional(),
  quota: z
    .strictObject({ dailyShare: z.number().min(0.01).max(1) })
    .partial()
    .optional(),
  notify: z
    .strictObject({ addresses: z.string(), when: z.enum(['each', 'problems', 'daily']) })
    .partial()
    .optional(),
  breaker: z.strictObject(breakerParts).partial().optional(),
  credentialsEndOn: z.iso.date().nullable().optional(),
  startAutomations: z.boolean().optional(),
  owners: z
    .strictObject({
      assign: z.boolean(),
      field: z.string(),
      map: z.record(z.string().min(1), z.string().min(3)),
      /** null: nobody. */
      fallback: z.string().min(3).nullable(),
    })
    .partial()
    .optional(),
  options: z.record(z.string(), z.unknown()).optional(),
});
export type ConnectionPatch = z.infer<typeof connectionPatch>;
