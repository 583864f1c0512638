import { z } from 'zod';
import { KINDS } from '../../core/model.ts';
import { route } from './route.ts';
import * as view from './views.ts';

/** A record of a person whom somebody is about to erase. */
const recordToErase = z.object({
  connection: z.string(),
  crm: z.string(),
  crmLabel: z.string(),
  kind: z.enum(KINDS),
  /** null: it is being made there at the moment. */
  crmId: z.string().nullable(),
  url: z.string().nullable(),
  /** As the CRM calls them, where it was read. */
  name: z.string().nullable(),
  /** `duplicate`: a second record with their address, which may be somebody else's. */
  role: z.enum(['primary', 'duplicate']),
  /** What deleting means there; null: it cannot be deleted from here, and `cannot` says why. */
  deletion: z
    .object({
      /** Nobody can bring it back. */
      forever: z.boolean(),
      /** For so many days a person can bring back there what is not deleted for ever; null: the CRM has no bin. */
      binDays: z.number().nullable(),
    })
    .nullable(),
  cannot: z.enum(['no_way', 'gone', 'disconnected']).nullable(),
  /** What a deletion would wait for: `off`, or why the connection is paused; null: nothing. */
  waits: z.string().nullable(),
});

/** A record of somebody who was erased, which is still to go from its CRM. */
const owedDeletion = z.object({
  id: z.string(),
  connection: z.string(),
  crm: z.string(),
  crmLabel: z.string(),
  kind: z.enum(KINDS),
  crmId: z.string().nullable(),
  url: z.string().nullable(),
  askedAt: z.string(),
  /** `told`: it needs a person. */
  state: z.enum(['waiting', 'told']),
  /** Of one that needs a person. */
  why: z.string().nullable(),
  /** What it waits for or why it was not deleted, and what to do (empty: nothing), in the reader's language. */
  message: z.string(),
  todo: z.string(),
  canRetry: z.boolean(),
});

/** What concerns one person as a whole. */
export const privacyRoutes = {
  mergeContacts: route({
    method: 'POST',
    path: '/contacts/merge',
    access: 'contacts:write',
    summary: 'Two contacts become one: `into` keeps what it has and takes what it lacks',
    body: z.strictObject({ into: z.string(), from: z.string() }),
    response: view.contact,
  }),
  archiveContact: route({
    method: 'POST',
    path: '/contacts/{id}/archive',
    access: 'contacts:write',
    summary: 'Out of the lists and made in no CRM, or back again',
    body: z.strictObject({ archived: z.boolean().default(true) }),
    response: view.ok,
  }),
  recordsToErase: route({
    method: 'GET',
    path: '/contacts/{id}/erase',
    access: 'admin',
    summary: 'Their records in the CRMs, and what deleting them there would mean; nothing is changed',
    response: z.object({ items: z.array(recordToErase) }),
  }),
  eraseContact: route({
    method: 'POST',
    path: '/contacts/{id}/erase',
    access: 'admin',
    summary:
      'Removes the person and every stored value, history included; `email` says once more who is meant, `deleteInCrm` which of their records are to go from the CRMs',
    forgets: true,
    body: z.strictObject({
      email: z.string(),
      /** As `GET` names them; `connection` by name or id. */
      deleteInCrm: z
        .array(z.strictObject({ connection: z.string(), crmId: z.string().nullable() }))
        .max(500)
        .default([]),
    }),
    response: z.object({
      ok: z.literal(true),
      /** Their records in the CRMs which stay there: whoever erases decides about them there. */
      records: z.array(z.object({ connection: z.string(), crmId: z.string(), url: z.string().nullable() })),
      /** Those that are asked to be deleted there; `waits`: what that has to wait for. */
      deleting: z.array(
        z.object({
          connection: z.string(),
          crmId: z.string().nullable(),
          url: z.string().nullable(),
          waits: z.string().nullable(),
        }),
      ),
    }),
  }),
  owedDeletions: route({
    method: 'GET',
    path: '/crm-deletions',
    access: 'admin',
    summary: 'Records of erased people that are still to be deleted in their CRM, those that need a person first',
    query: z.object({
      connection: z.string().optional(),
      limit: z.coerce.number().int().min(1).max(500).default(50),
      cursor: z.string().optional(),
    }),
    response: view.page(owedDeletion).extend({
      /** Of all connections: how many the CRMs are asked for, and how many need a person. */
      waiting: z.number(),
      told: z.number(),
    }),
  }),
  retryDeletion: route({
    method: 'POST',
    path: '/crm-deletions/{id}/retry',
    access: 'admin',
    summary: 'Asks the CRM again, at once',
    response: view.ok,
  }),
  endDeletion: route({
    method: 'POST',
    path: '/crm-deletions/{id}/done',
    access: 'admin',
    summary: 'Ticks it off: somebody has deleted it there, or decided otherwise',
    response: view.ok,
  }),
  exportPerson: route({
    method: 'POST',
    path: '/contacts/{id}/export',
    access: 'admin',
    summary: 'Everything that is stored about one person, as JSON or readable HTML',
    body: z.strictObject({ as: z.enum(['json', 'html']).default('json') }),
    response: z.object({
      contactId: z.string(),
      emails: z.array(z.string()),
      places: z.array(
        z.object({ table: z.string(), holds: z.string(), rows: z.array(z.record(z.string(), z.unknown())) }),
      ),
      /** A page that a person can read, where that was asked for. */
      html: z.string().optional(),
    }),
  }),
};
