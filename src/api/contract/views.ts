import { z } from 'zod';
import { MASS_EFFECTS } from '../../core/mass-change.ts';
import { DIRECTIONS, KINDS, OUTCOMES, TRIGGERS } from '../../core/model.ts';
import { connectionSettings, mappingLine } from './connection.ts';
import { authorizationView, hooksView } from './link-views.ts';
import { undoView } from './undo-views.ts';

/** What the API answers. Times are ISO 8601 UTC. */
const time = z.string();
export const value = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]);
const params = z.record(z.string(), z.union([z.string(), z.number()]));

export const page = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().nullable() });

export const counts = z.object({
  seen: z.number(),
  created: z.number(),
  updated: z.number(),
  rejected: z.number(),
  unchanged: z.number(),
  filtered: z.number(),
  deferred: z.number(),
  conflicts: z.number(),
});

const massEffect = z.enum(MASS_EFFECTS);
export const massCounts = z.object({
  created: z.number(),
  overwritten: z.number(),
  blanked: z.number(),
  unlinked: z.number(),
  deleted: z.number(),
});

export const runStatus = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled', 'paused']);
export const run = z.object({
  id: z.string(),
  connection: z.string(),
  connectionId: z.string(),
  direction: z.enum(['toHub', 'toCrm']),
  trigger: z.enum(TRIGGERS),
  mode: z.enum(['changes', 'full']),
  dryRun: z.boolean(),
  status: runStatus,
  pausedReason: z.string().nullable(),
  createdAt: time,
  startedAt: time.nullable(),
  endedAt: time.nullable(),
  counts,
  apiCalls: z.number(),
  /** How often the CRM asked to slow down, and how long the run waited for it. */
  slowed: z.number(),
  waitedMs: z.number(),
  error: params.nullable(),
  cost: z
    .object({
      calls: z.number(),
      ofDailyQuota: z.number().nullable(),
      seconds: z.number(),
      /** Writes that carry nothing but score, status, source and the address of the page. */
      calculated: z.number(),
    })
    .nullable(),
  /** Not null: the run waits for a person, and this is what it would do. */
  guard: z
    .object({
      reason: z.enum(['breaker', 'mass_deletion', 'differs']),
      effects: z.array(massEffect),
      over: z.array(massEffect),
      count: z.number(),
      max: z.number(),
      linked: z.number(),
      /** Records or people that were not looked at any more; null: not known. */
      waiting: z.number().nullable(),
      would: counts,
      mass: massCounts,
      fields: z.array(z.object({ field: z.string(), overwritten: z.number(), blanked: z.number() })),
    })
    .nullable(),
  /** Effects that a person left out. */
  leftOut: z.array(massEffect),
  /** Only these mapping lines; null: all of them. */
  lines: z.array(z.string()).nullable(),
  /** Lines that rested during the run, with why. */
  suspended: z.array(z.object({ key: z.string(), why: z.string() })),
  /** It takes another run back; null: an ordinary run. */
  undo: undoView.nullable(),
  /** The undo that takes this run back, or did. */
  undone: z.object({ run: z.string(), status: runStatus }).nullable(),
  expiresAt: time.nullable(),
  /** Names the runs that were started together, one per direction. */
  batch: z.string(),
  /** How many runs this line stands for, where lines were asked for. */
  folded: z.number().optional(),
});

export const item = z.object({
  id: z.number(),
  contactId: z.string().nullable(),
  email: z.string().nullable(),
  name: z.string().nullable(),
  kind: z.enum(KINDS),
  crmId: z.string().nullable(),
  crmUrl: z.string().nullable(),
  outcome: z.enum(OUTCOMES),
  reason: z.string().nullable(),
  /** Of a rejected one: who, which field, why, in the reader's language; of one that an undo leaves alone: why. */
  message: z.string().nullable(),
  /** What to do about it. */
  todo: z.string().nullable(),
  /** The value that was refused, where it is one value's fault: whole, up to 1,000 characters. */
  value: z.string().nullable(),
  changes: z.array(z.object({ field: z.string(), from: value, to: value, rule: z.string() })),
  /** Not done: what a run that waits for a person would do. */
  planned: z.boolean(),
});

export const light = z.enum(['green', 'amber', 'red', 'grey']);
export const health = z.object({
  light,
  why: z.string().nullable(),
  whyParams: params,
  lastRun: run.nullable(),
  nextRunAt: time.nullable(),
  oldestWaiting: z.object({ toHub: time.nullable(), toCrm: time.nullable() }),
  waiting: z.number(),
  since: time.nullable(),
  /** What changes of the settings have left to be brought into line; null: nothing. */
  backlog: z
    .object({
      since: time,
      /** Mapping lines that changed, as `kind:hub:crm`. */
      lines: z.array(z.string()),
      also: z.array(z.enum(['filter', 'score', 'links'])),
      /** Records and people to be looked at, those done included. */
      total: z.number(),
      done: z.number(),
      /** Calls that the rest costs at most. */
      calls: z.number(),
      /** Some who take part now are found by a full synchronisation alone. */
      needsFullRead: z.boolean(),
    })
    .nullable(),
  /** Links in the CRM that hold another public address than ours, and the offer to rewrite them; null: none. */
  links: z.object({ count: z.number(), from: z.string(), to: z.string(), calls: z.number() }).nullable(),
});

export const connection = connectionSettings.extend({
  id: z.string(),
  name: z.string(),
  crm: z.string(),
  crmLabel: z.string(),
  enabled: z.boolean(),
  credentials: z.object({ method: z.string().nullable(), set: z.array(z.string()) }),
  mappings: z.array(mappingLine),
  version: z.number(),
  pausedReason: z.string().nullable(),
  account: z.object({ id: z.string(), name: z.string(), sandbox: z.boolean().nullable() }).nullable(),
  counts: z.record(z.string(), z.number()),
  /** When they were counted. */
  countedAt: time.nullable(),
  /** Records in step today. */
  linked: z.number(),
  writtenBy: z.string(),
  emulated: z.boolean(),
  hooks: hooksView,
  authorization: authorizationView,
  health,
});

export const field = z.object({
  key: z.string(),
  label: z.string(),
  type: z.string(),
  calculated: z.boolean(),
  writableOnCreate: z.boolean(),
  writableOnUpdate: z.boolean(),
  required: z.boolean(),
  maxLength: z.number().optional(),
  scale: z.number().optional(),
  options: z
    .array(
      z.object({
        id: z.string(),
        label: z.string(),
        active: z.boolean(),
        spellings: z.array(z.string()).optional(),
        /** Of a CRM's option: the values of our lists that it is (R21). */
        is: z.array(z.object({ list: z.string(), key: z.string() })).optional(),
      }),
    )
    .optional(),
  restricted: z.boolean().optional(),
  listId: z.string().optional(),
  custom: z.boolean().optional(),
});

export const contact = z.object({
  id: z.string(),
  email: z.string(),
  fields: z.record(z.string(), value),
  score: z.number(),
  archivedAt: time.nullable(),
  createdAt: time,
  updatedAt: time,
  version: z.number(),
  /** Who owns the person's records in the CRMs. */
  owners: z.array(z.object({ connection: z.string(), name: z.string(), active: z.boolean() })).optional(),
});
const origin = z.object({
  by: z.string(),
  at: time.nullable(),
  connection: z.string().nullable(),
  source: z.string().nullable(),
  rule: z.string().nullable(),
  run: z.string().nullable(),
  /** What people call the source: a user, an API key, an imported list, a form; null: it is none of them, or no more. */
  sourceName: z.string().nullable(),
});
export const historyEntry = z.object({
  field: z.string(),
  from: value,
  to: value,
  at: time,
  origin,
  fromOrigin: origin.nullable(),
});
export const link = z.object({
  id: z.string(),
  connection: z.string(),
  crm: z.string(),
  crmLabel: z.string(),
  kind: z.enum(KINDS),
  crmId: z.string(),
  url: z.string().nullable(),
  role: z.string(),
  state: z.string(),
  stateWhy: z.string().nullable(),
  lastSyncedAt: time.nullable(),
  owner: z.string().nullable(),
  /** By name; the id where the CRM does not tell the name. */
  ownerName: z.string().nullable(),
  ownerActive: z.boolean(),
});
export const timelineEntry = z.object({
  at: time,
  kind: z.enum(['event', 'sync']),
  type: z.string(),
  /** Of an event: the form, the file, the page. */
  detail: z.string().nullable(),
  points: z.number().nullable(),
  connection: z.string().nullable(),
  direction: z.string().nullable(),
  changes: z.array(z.object({ field: z.string(), from: value, to: value, rule: z.string() })),
  /** Of an event: the connections in whose CRM it stands (R80). */
  inCrm: z.array(z.object({ connection: z.string(), crm: z.string(), crmLabel: z.string(), at: time })),
});

/** Somebody else whom a rejection is about. */
export const otherContact = z.object({ id: z.string(), email: z.string(), name: z.string() });
export const rejection = z.object({
  id: z.string(),
  connection: z.string(),
  direction: z.enum(['toHub', 'toCrm']),
  contactId: z.string().nullable(),
  crmId: z.string().nullable(),
  email: z.string().nullable(),
  name: z.string().nullable(),
  field: z.string().nullable(),
  /** The field as people call it. */
  fieldLabel: z.string().nullable(),
  line: z.string(),
  reason: z.string(),
  /** The value that was refused, where it is one value's fault: whole, up to 1,000 characters. */
  value: z.string().nullable(),
  /** Who has the address that was refused, where that is known and the caller may see contacts. */
  other: otherContact.nullable(),
  message: z.string(),
  todo: z.string(),
  firstAt: time,
  lastAt: time,
  tries: z.number(),
});
export const conflict = z.object({
  id: z.string(),
  connection: z.string(),
  contactId: z.string().nullable(),
  email: z.string().nullable(),
  field: z.string(),
  hubValue: value,
  crmValue: value,
  hubAt: time.nullable(),
  crmAt: time.nullable(),
  winner: z.string().nullable(),
  why: z.string(),
  status: z.string(),
  at: time,
});

export const user = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: z.string(),
  active: z.boolean(),
  twoFactor: z.boolean(),
  lastSignInAt: time.nullable(),
});
export const apiKey = z.object({
  id: z.string(),
  name: z.string(),
  role: z.string().nullable(),
  scopes: z.array(z.string()),
  prefix: z.string(),
  createdAt: time,
  lastUsedAt: time.nullable(),
  expiresAt: time.nullable(),
});
export const invitation = z.object({
  id: z.string(),
  email: z.string(),
  role: z.string(),
  invitedBy: z.string(),
  createdAt: time,
  expiresAt: time,
});
export const accessRequest = z.object({ id: z.string(), email: z.string(), note: z.string(), createdAt: time });
export const session = z.object({
  id: z.string(),
  email: z.string(),
  /** The session that asks. */
  current: z.boolean(),
  address: z.string().nullable(),
  userAgent: z.string().nullable(),
  createdAt: time,
  expiresAt: time,
});
export const scoreExplained = z.object({
  score: z.number(),
  phase: z.enum(['discovery', 'evaluation', 'purchase']),
  decay: z.object({ days: z.number(), percent: z.number() }).nullable(),
  parts: z.array(
    z.object({
      rule: z.string().nullable(),
      /** null: the rule is gone, or the points are carried from events that are no longer kept. */
      name: z.string().nullable(),
      why: z.enum(['field', 'events', 'carried']),
      count: z.number(),
      given: z.number(),
      points: z.number(),
    }),
  ),
});
export const scoreRule = z.object({
  id: z.string(),
  name: z.string(),
  onEvent: z.string().nullable(),
  condition: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).nullable(),
  points: z.number(),
  enabled: z.boolean(),
});
export const me = z.object({
  kind: z.enum(['person', 'key']),
  id: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  role: z.string().nullable(),
  scopes: z.array(z.string()),
  locale: z.string().nullable(),
  timeZone: z.string().nullable(),
  /** A second factor is asked for at sign-in; null: a key. */
  twoFactor: z.boolean().nullable(),
  previousSignInAt: time.nullable(),
  version: z.string(),
  /** Whose instance this is: as the settings say, else the name of its address. */
  company: z.string(),
  /** Who is behind it: the person, or whoever made the key. */
  user: z.string(),
});
export const ok = z.object({ ok: z.literal(true) });
export const direction = z.enum(DIRECTIONS);

export const mailState = z.enum(['queued', 'sending', 'sent', 'failed', 'held']);
export const mail = z.object({
  id: z.string(),
  /** `sync-report`, `sync-problem`, `invitation` …: what kind of mail it is. */
  kind: z.string(),
  recipient: z.string(),
  subject: z.string(),
  state: mailState,
  tries: z.number(),
  nextTryAt: time.nullable(),
  /** The mail server's own words, or `too_old`, `invalid_recipient`, `restored`. */
  error: z.string().nullable(),
  createdAt: time,
  sentAt: time.nullable(),
});
