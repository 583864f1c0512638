import { z } from 'zod';
import { MASS_EFFECTS } from '../../core/mass-change.ts';
import { KINDS, VALUE_TYPES } from '../../core/model.ts';
import { accountRoutes } from './account-routes.ts';
import { backlogRoutes } from './backlog-routes.ts';
import { bulkRoutes } from './bulk-routes.ts';
import { checkReport, lastCheck } from './check-views.ts';
import { connectionInput, connectionPatch, mappingLine } from './connection.ts';
import { crm } from './crm.ts';
import { emulatedRoutes } from './emulated-routes.ts';
import { findRoutes } from './find-routes.ts';
import { formRoutes } from './form-routes.ts';
import { guardRoutes } from './guard-routes.ts';
import { importRoutes } from './import-routes.ts';
import { instance, instancePatch } from './instance.ts';
import { listRoutes } from './list-routes.ts';
import { mergeRoutes } from './merge-routes.ts';
import { ownerRoutes } from './owner-routes.ts';
import { parityRoutes } from './parity-routes.ts';
import { privacyRoutes } from './privacy-routes.ts';
import { route } from './route.ts';
import { segmentRoutes } from './segment-routes.ts';
import { signOnRoutes } from './sign-on-routes.ts';
import { storyRoutes } from './story-routes.ts';
import { timelineRoutes } from './timeline-routes.ts';
import { undoRoutes } from './undo-routes.ts';
import { valueRoutes } from './value-routes.ts';
import * as view from './views.ts';
import { webhookRoutes } from './webhook-routes.ts';

const limit = z.coerce.number().int().min(1).max(500).default(50);
const cursor = z.string().optional();
const flag = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .optional();
const fields = z.record(z.string(), z.unknown());
const email = z.string().min(3).max(254);

/** Every route of `/api/v1`: names as in `surface.md`; it only grows. */
export const routes = {
  ...emulatedRoutes,
  ...accountRoutes,
  ...guardRoutes,
  ...backlogRoutes,
  ...parityRoutes,
  ...undoRoutes,
  ...findRoutes,
  ...privacyRoutes,
  ...mergeRoutes,
  ...segmentRoutes,
  ...bulkRoutes,
  ...importRoutes,
  ...formRoutes,
  ...webhookRoutes,
  me: route({ method: 'GET', path: '/me', access: 'signed-in', summary: 'Who am I', response: view.me }),
  setupState: route({
    method: 'GET',
    path: '/setup',
    access: 'anybody',
    summary: 'Is an administrator still to be made',
    response: z.object({ open: z.boolean() }),
  }),
  setup: route({
    method: 'POST',
    path: '/setup',
    access: 'anybody',
    summary: 'Make the first administrator',
    body: z.strictObject({
      code: z.string(),
      email,
      password: z.string(),
      locale: z.string().optional(),
      timeZone: z.string().optional(),
    }),
    response: view.ok,
  }),
  crms: route({
    method: 'GET',
    path: '/crms',
    access: 'sync:read',
    summary: 'Supported CRMs',
    response: z.object({ items: z.array(crm) }),
  }),
  crmGuide: route({
    method: 'GET',
    path: '/crms/{id}/guide',
    access: 'sync:read',
    summary: 'How this CRM is connected, in the reader’s language, as Markdown',
    response: z.object({ crm: z.string(), locale: z.enum(['en', 'fr']), markdown: z.string() }),
  }),
  zapier: route({
    method: 'GET',
    path: '/zapier',
    access: 'sync:read',
    summary: 'What the Zapier app has to be told: our address, and whether Zapier can reach it',
    response: z.object({
      address: z.string(),
      /** `not_https`, `private`: an address of this machine or of a private network; `unknown`: the name leads nowhere. */
      reach: z.enum(['ok', 'not_https', 'private', 'unknown']),
      /** What its key needs. */
      scopes: z.array(z.string()),
    }),
  }),
  status: route({
    method: 'GET',
    path: '/status',
    access: 'signed-in',
    summary: 'Is everything paused, and the number of open tasks',
    response: z.object({
      quiet: z.boolean(),
      rejections: z.number(),
      /** Contacts that a run found to be one person. */
      merges: z.number(),
      conflicts: z.number(),
      /** Records of erased people that were not deleted in their CRM and need an administrator; 0 for everybody else. */
      deletions: z.number(),
      contacts: z.number(),
      light: view.light,
    }),
  }),
  pauseAll: route({
    method: 'POST',
    path: '/pause',
    access: 'sync:write',
    summary: 'Pause everything',
    response: view.ok,
  }),
  resumeAll: route({
    method: 'POST',
    path: '/resume',
    access: 'connections:write',
    summary: 'Go on',
    response: view.ok,
  }),

  connections: route({
    method: 'GET',
    path: '/connections',
    access: 'sync:read',
    summary: 'Connections',
    response: z.object({ items: z.array(view.connection), next: z.null() }),
  }),
  createConnection: route({
    method: 'POST',
    path: '/connections',
    access: 'connections:write',
    summary: 'Connect a CRM',
    body: connectionInput,
    response: view.connection,
  }),
  connection: route({
    method: 'GET',
    path: '/connections/{id}',
    access: 'sync:read',
    summary: 'One connection',
    response: view.connection,
  }),
  updateConnection: route({
    method: 'PATCH',
    path: '/connections/{id}',
    access: 'sync:write',
    summary: 'Change settings: all of it or nothing',
    body: connectionPatch,
    response: view.connection,
  }),
  disconnect: route({
    method: 'DELETE',
    path: '/connections/{id}',
    access: 'connections:write',
    summary: 'Disconnect',
    response: view.ok,
  }),
  authorize: route({
    method: 'GET',
    path: '/connections/{id}/authorize',
    access: 'connections:write',
    summary: 'The page of the vendor where a person authorises this connection; a browser is sent there',
    response: z.object({ url: z.string() }),
  }),
  hookSetup: route({
    method: 'GET',
    path: '/connections/{id}/hooks',
    access: 'connections:write',
    summary: 'The address that the CRM calls when something changes, and what has to be entered there by hand',
    response: z.object({ url: z.string().nullable(), byHand: z.string().nullable() }),
  }),
  check: route({
    method: 'POST',
    path: '/connections/{id}/check',
    access: 'sync:write',
    summary: 'Preflight',
    response: checkReport,
  }),
  lastCheck: route({
    method: 'GET',
    path: '/connections/{id}/check',
    access: 'sync:read',
    summary: 'What the last preflight found; a connection that is on is checked once a day by itself',
    response: lastCheck,
  }),
  connectionFields: route({
    method: 'GET',
    path: '/connections/{id}/fields',
    access: 'sync:read',
    summary: "The CRM's fields",
    query: z.strictObject({ kind: z.string().optional() }),
    response: z.object({ items: z.array(view.field) }),
  }),
  examplePeople: route({
    method: 'GET',
    path: '/connections/{id}/people',
    access: 'sync:read',
    summary: 'A few real people of the CRM with what both sides hold, to tell a mapping by',
    query: z.strictObject({ kind: z.enum(KINDS) }),
    response: z.object({
      items: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          crm: z.record(z.string(), view.value),
          hub: z.record(z.string(), view.value).nullable(),
        }),
      ),
    }),
  }),
  createFields: route({
    method: 'POST',
    path: '/connections/{id}/fields/create',
    access: 'connections:write',
    summary: 'Make missing fields in the CRM',
    body: z.strictObject({ keys: z.array(z.string()).min(1) }),
    response: z.object({
      items: z.array(z.object({ key: z.string(), ok: z.boolean(), reason: z.string().optional() })),
    }),
  }),
  mappings: route({
    method: 'GET',
    path: '/connections/{id}/mappings',
    access: 'sync:read',
    summary: 'Field mapping',
    response: z.object({ items: z.array(mappingLine) }),
  }),
  putMappings: route({
    method: 'PUT',
    path: '/connections/{id}/mappings',
    access: 'sync:write',
    summary: 'Replace the field mapping',
    body: z.strictObject({ items: z.array(mappingLine) }),
    response: z.object({ items: z.array(mappingLine) }),
  }),
  health: route({
    method: 'GET',
    path: '/connections/{id}/health',
    access: 'sync:read',
    summary: 'Light, why, last and next run',
    response: view.health,
  }),
  startRuns: route({
    method: 'POST',
    path: '/connections/{id}/runs',
    access: 'sync:write',
    summary: 'Synchronise now',
    query: z.strictObject({ wait: z.coerce.number().min(0).max(120).optional() }),
    body: z.strictObject({
      mode: z.enum(['changes', 'full']).default('changes'),
      dryRun: z.boolean().optional(),
      direction: z.enum(['toHub', 'toCrm']).optional(),
      emails: z.array(email).max(500).optional(),
    }),
    response: z.object({ runs: z.array(view.run) }),
  }),
  preview: route({
    method: 'GET',
    path: '/connections/{id}/score-preview',
    access: 'sync:read',
    summary: 'How many people a minimum score means today',
    query: z.strictObject({ minimumScore: z.coerce.number().min(0).max(50) }),
    response: z.object({ people: z.number() }),
  }),
  estimate: route({
    method: 'GET',
    path: '/connections/{id}/estimate',
    access: 'sync:read',
    summary: 'What a full synchronisation of both directions would cost in API calls',
    response: z.object({
      toHub: z.number(),
      toCrm: z.number(),
      calls: z.number(),
      ofDailyQuota: z.number().nullable(),
    }),
  }),
  resumeConnection: route({
    method: 'POST',
    path: '/connections/{id}/resume',
    access: 'connections:write',
    summary: 'Go on after a pause',
    response: view.ok,
  }),

  runs: route({
    method: 'GET',
    path: '/runs',
    access: 'sync:read',
    summary: 'History',
    query: z.strictObject({
      connection: z.string().optional(),
      since: z.iso.datetime().optional(),
      trigger: z.string().optional(),
      /** Form and webhook runs of one connection and direction are one line per hour. */
      fold: z.literal('hour').optional(),
      /** The runs that a folded line stands for, by the line's id. */
      line: z.string().optional(),
      /** The runs that were started together, previews included. */
      batch: z.string().optional(),
      limit,
      cursor,
    }),
    response: view.page(view.run),
  }),
  run: route({ method: 'GET', path: '/runs/{id}', access: 'sync:read', summary: 'One run', response: view.run }),
  items: route({
    method: 'GET',
    path: '/runs/{id}/items',
    access: 'sync:read',
    summary: 'What a run did with whom',
    query: z.strictObject({ outcome: z.string().optional(), conflicts: flag, limit, cursor }),
    response: view.page(view.item),
  }),
  approve: route({
    method: 'POST',
    path: '/runs/{id}/approve',
    access: 'sync:write',
    summary: 'Carry out a plan, or let a run that waits go on; leaveOut: without these effects',
    body: z.strictObject({
      leaveOut: z.array(z.enum(MASS_EFFECTS)).optional(),
      /** Of an undo: delete the records that the run made in the CRM and that nobody has touched since. */
      deleteCreated: z.boolean().optional(),
    }),
    response: z.object({ runs: z.array(view.run) }),
  }),
  resumeRun: route({
    method: 'POST',
    path: '/runs/{id}/resume',
    access: 'sync:write',
    summary: 'Look again at a run that waits, under the settings of now',
    response: view.run,
  }),
  cancel: route({
    method: 'POST',
    path: '/runs/{id}/cancel',
    access: 'sync:write',
    summary: 'Stop at the next page',
    response: view.run,
  }),

  rejections: route({
    method: 'GET',
    path: '/rejections',
    access: 'sync:read',
    summary: 'To fix',
    query: z.strictObject({
      connection: z.string().optional(),
      reason: z.string().optional(),
      search: z.string().max(200).optional(),
      limit,
      cursor,
    }),
    response: view.page(view.rejection).extend({
      groups: z.array(
        z.object({
          reason: z.string(),
          /** The reason as a person calls it. */
          label: z.string(),
          field: z.string().nullable(),
          /** The field as the side that refused it calls it, where it told. */
          fieldLabel: z.string().nullable(),
          count: z.number(),
        }),
      ),
    }),
  }),
  fixRejection: route({
    method: 'POST',
    path: '/rejections/{id}/fix',
    access: 'sync:write',
    summary: 'Mend the cause',
    body: z.strictObject({
      default: z.string().optional(),
      map: z.strictObject({ from: z.string().min(1), to: z.string().min(1) }).optional(),
      leaveOut: z.string().min(1).optional(),
      value: z.string().optional(),
    }),
    response: z.object({ retried: z.number() }),
  }),
  retryRejections: route({
    method: 'POST',
    path: '/rejections/retry',
    access: 'sync:write',
    summary: 'Try again',
    body: z.strictObject({
      ids: z.array(z.string()).optional(),
      reason: z.string().optional(),
      connection: z.string().optional(),
    }),
    response: z.object({ retried: z.number() }),
  }),
  conflicts: route({
    method: 'GET',
    path: '/conflicts',
    access: 'sync:read',
    summary: 'Conflicts',
    query: z.strictObject({
      connection: z.string().optional(),
      status: z.enum(['held', 'decided', 'closed']).optional(),
      limit,
      cursor,
    }),
    response: view.page(view.conflict),
  }),
  resolveConflict: route({
    method: 'POST',
    path: '/conflicts/{id}/resolve',
    access: 'sync:write',
    summary: 'Decide a held conflict',
    body: z.strictObject({ winner: z.enum(['hub', 'crm']), hubValue: z.unknown(), crmValue: z.unknown() }),
    response: view.conflict,
  }),

  contacts: route({
    method: 'GET',
    path: '/contacts',
    access: 'contacts:read',
    summary: 'Contacts; with `updatedSince` what changed, to be followed',
    query: z.strictObject({
      search: z.string().max(200).optional(),
      sort: z.enum(['updated', 'created', 'score', 'email']).optional(),
      order: z.enum(['asc', 'desc']).optional(),
      updatedSince: z.iso.datetime().optional(),
      minimumScore: z.coerce.number().optional(),
      limit,
      cursor,
    }),
    response: view.page(view.contact).extend({
      /** With `updatedSince`: contacts that are no more, and what became of them. */
      gone: z
        .array(
          z.object({
            id: z.string(),
            why: z.enum(['erased', 'deleted', 'merged']),
            into: z.string().optional(),
            at: z.string(),
          }),
        )
        .optional(),
      /** With `updatedSince`, on the last page: the `cursor` for the next time. */
      follow: z.string().nullable().optional(),
    }),
  }),
  createContact: route({
    method: 'POST',
    path: '/contacts',
    access: 'contacts:write',
    summary: 'Add a contact',
    body: z.strictObject({ fields }),
    response: view.contact,
  }),
  contact: route({
    method: 'GET',
    path: '/contacts/{id}',
    access: 'contacts:read',
    summary: 'One contact, by id or e-mail',
    response: view.contact,
  }),
  updateContact: route({
    method: 'PATCH',
    path: '/contacts/{id}',
    access: 'contacts:write',
    summary: 'Change fields',
    body: z.strictObject({ fields }),
    response: view.contact,
  }),
  deleteContact: route({
    method: 'DELETE',
    path: '/contacts/{id}',
    access: 'contacts:write',
    summary: 'Delete; not imported again',
    response: view.ok,
  }),
  bulk: route({
    method: 'POST',
    path: '/contacts/bulk',
    access: 'contacts:write',
    summary: 'Add or change up to 10,000 contacts: one JSON object of fields a line (application/x-ndjson)',
    response: z.object({
      created: z.number(),
      updated: z.number(),
      unchanged: z.number(),
      errors: z.array(z.object({ line: z.number(), path: z.string(), code: z.string() })),
    }),
  }),
  lookup: route({
    method: 'POST',
    path: '/contacts/lookup',
    access: 'contacts:read',
    summary: 'Contacts by address',
    asks: true,
    body: z.strictObject({ emails: z.array(z.string()).max(500) }),
    response: z.object({ items: z.array(view.contact) }),
  }),
  timeline: route({
    method: 'GET',
    path: '/contacts/{id}/timeline',
    access: 'contacts:read',
    summary: 'What happened',
    response: z.object({ items: z.array(view.timelineEntry) }),
  }),
  links: route({
    method: 'GET',
    path: '/contacts/{id}/links',
    access: 'contacts:read',
    summary: 'The records in the CRMs',
    response: z.object({ items: z.array(view.link) }),
  }),
  history: route({
    method: 'GET',
    path: '/contacts/{id}/history',
    access: 'contacts:read',
    summary: 'Who set which value, when, by which rule',
    query: z.strictObject({ field: z.string().optional() }),
    response: z.object({ items: z.array(view.historyEntry) }),
  }),

  ...storyRoutes,

  hubFields: route({
    method: 'GET',
    path: '/fields',
    access: 'contacts:read',
    summary: 'Hub fields',
    response: z.object({ items: z.array(view.field) }),
  }),
  createField: route({
    method: 'POST',
    path: '/fields',
    access: 'hub:write',
    summary: 'Add a field',
    body: z.strictObject({
      key: z.string(),
      label: z.string(),
      type: z.enum(VALUE_TYPES),
      options: z.array(z.string().min(1).max(200)).max(1_000).optional(),
      listId: z.string().optional(),
      scale: z.number().int().optional(),
      maxLength: z.number().int().optional(),
    }),
    response: view.ok,
  }),
  ...listRoutes,
  ...ownerRoutes,
  ...timelineRoutes,
  ...valueRoutes,
  ...signOnRoutes,
  events: route({
    method: 'POST',
    path: '/events',
    access: 'contacts:write',
    summary: 'Something a person did',
    body: z.strictObject({
      events: z
        .array(
          z.strictObject({
            id: z.string().max(100).optional(),
            type: z.string().min(1).max(60),
            email: z.string().optional(),
            contactId: z.string().optional(),
            at: z.iso.datetime().optional(),
            data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
          }),
        )
        .min(1)
        .max(1000),
    }),
    response: z.object({ items: z.array(z.object({ id: z.string(), outcome: z.string() })) }),
  }),
  listEvents: route({
    method: 'GET',
    path: '/events',
    access: 'contacts:read',
    summary: 'What known people did, newest first',
    query: z.strictObject({ type: z.string().max(60).optional(), limit, cursor }),
    response: view.page(
      z.object({
        id: z.string(),
        type: z.string(),
        at: z.string(),
        contactId: z.string(),
        points: z.number(),
        data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      }),
    ),
  }),
  contactScore: route({
    method: 'GET',
    path: '/contacts/{id}/score',
    access: 'contacts:read',
    summary: 'Which rule gave how many points, and what is left of them',
    response: view.scoreExplained,
  }),
  scoreRules: route({
    method: 'GET',
    path: '/score-rules',
    access: 'contacts:read',
    summary: 'How points are given',
    response: z.object({ items: z.array(view.scoreRule) }),
  }),
  saveScoreRule: route({
    method: 'POST',
    path: '/score-rules',
    access: 'hub:write',
    summary: 'Add or change a rule',
    body: z.strictObject({
      id: z.string().optional(),
      name: z.string().min(1),
      onEvent: z.string().nullable().default(null),
      condition: z
        .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
        .nullable()
        .default(null),
      points: z.int().min(-50).max(50),
      enabled: z.boolean().default(true),
    }),
    response: view.scoreRule,
  }),
  deleteScoreRule: route({
    method: 'DELETE',
    path: '/score-rules/{id}',
    access: 'hub:write',
    summary: 'Remove a rule',
    response: view.ok,
  }),

  settings: route({
    method: 'GET',
    path: '/settings',
    access: 'signed-in',
    summary: 'What the instance is set to: zone, language, how long things are kept, sites, score',
    response: instance,
  }),
  saveSettings: route({
    method: 'PATCH',
    path: '/settings',
    access: 'admin',
    summary: 'Change settings of the instance; what is absent stays',
    body: instancePatch,
    response: instance,
  }),
  users: route({
    method: 'GET',
    path: '/users',
    access: 'admin',
    summary: 'People who sign in',
    response: z.object({ items: z.array(view.user) }),
  }),
  addUser: route({
    method: 'POST',
    path: '/users',
    access: 'admin',
    summary: 'Add a person',
    body: z.strictObject({ email, password: z.string(), role: z.string(), name: z.string().optional() }),
    response: view.ok,
  }),
  deactivateUser: route({
    method: 'DELETE',
    path: '/users/{id}',
    access: 'admin',
    summary: 'Deactivate',
    response: view.ok,
  }),
  apiKeys: route({
    method: 'GET',
    path: '/api-keys',
    access: 'admin',
    summary: 'API keys',
    response: z.object({ items: z.array(view.apiKey) }),
  }),
  createApiKey: route({
    method: 'POST',
    path: '/api-keys',
    access: 'admin',
    summary: 'Make a key; shown once',
    showsSecret: true,
    body: z.strictObject({
      name: z.string().min(1),
      role: z.string().optional(),
      scopes: z.array(z.string()).optional(),
      expiresAt: z.iso.datetime().optional(),
    }),
    response: z.object({ id: z.string(), key: z.string() }),
  }),
  revokeApiKey: route({
    method: 'DELETE',
    path: '/api-keys/{id}',
    access: 'admin',
    summary: 'Revoke',
    response: view.ok,
  }),
  report: route({
    method: 'GET',
    path: '/reports/{id}',
    access: 'sync:read',
    summary: 'What one report told about: its runs, and their numbers by direction',
    response: z.object({
      id: z.string(),
      connection: z.string(),
      connectionId: z.string(),
      from: z.string(),
      to: z.string(),
      directions: z.array(z.object({ direction: z.enum(['toHub', 'toCrm']), runs: z.number(), counts: view.counts })),
    }),
  }),
  reportItems: route({
    method: 'GET',
    path: '/reports/{id}/items',
    access: 'sync:read',
    summary: 'The people behind a number of a report',
    query: z.strictObject({
      direction: z.enum(['toHub', 'toCrm']).optional(),
      outcome: z.string().optional(),
      limit,
      cursor,
    }),
    response: view.page(view.item),
  }),
  outbox: route({
    method: 'GET',
    path: '/outbox',
    access: 'admin',
    summary: 'Mails that were sent, wait to be sent, or could not be sent',
    query: z.strictObject({ state: view.mailState.optional(), limit, cursor }),
    response: view.page(view.mail).extend({
      counts: z.record(view.mailState, z.number()),
      /** Do mails leave: `on`, or why not: no mail server is set, or the instance is quiet (R41). */
      sending: z.enum(['on', 'no_server', 'quiet']),
    }),
  }),
  mail: route({
    method: 'GET',
    path: '/outbox/{id}',
    access: 'admin',
    summary: 'One mail as its reader sees it',
    response: view.mail.extend({ html: z.string().nullable(), text: z.string() }),
  }),
  sendMail: route({
    method: 'POST',
    path: '/outbox/{id}/send',
    access: 'admin',
    summary: 'Send it again',
    response: view.mail,
  }),
  quota: route({
    method: 'GET',
    path: '/quota',
    access: 'sync:read',
    summary: 'Calls of the day',
    response: z.object({
      items: z.array(
        z.object({ account: z.string(), day: z.string(), used: z.number(), limit: z.number().nullable() }),
      ),
    }),
  }),
  audit: route({
    method: 'GET',
    path: '/audit',
    access: 'admin',
    summary: 'Every change',
    query: z.strictObject({ limit, cursor }),
    response: view.page(
      z.object({
        at: z.string(),
        actor: z.string(),
        action: z.string(),
        subject: z.string().nullable(),
        /** Address of the client; null: the command line, or not known. */
        address: z.string().nullable(),
      }),
    ),
  }),
} as const;

export type Routes = typeof routes;
export type RouteId = keyof Routes;
