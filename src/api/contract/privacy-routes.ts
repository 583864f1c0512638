import { z } from 'zod';
import { route } from './route.ts';
import * as view from './views.ts';

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
  eraseContact: route({
    method: 'POST',
    path: '/contacts/{id}/erase',
    access: 'admin',
    summary: 'Removes the person and every stored value, history included; `email` says once more who is meant',
    body: z.strictObject({ email: z.string() }),
    response: z.object({
      ok: z.literal(true),
      /** Their records in the CRMs, which stay there: whoever erases decides about them there. */
      records: z.array(z.object({ connection: z.string(), crmId: z.string(), url: z.string().nullable() })),
    }),
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
