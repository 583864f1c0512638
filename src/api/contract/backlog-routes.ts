import { z } from 'zod';
import { route } from './route.ts';
import { health, ok } from './views.ts';

/** What changes of the settings, or of the public address, leave to be brought into line. */
export const backlogRoutes = {
  dismissBacklog: route({
    method: 'DELETE',
    path: '/connections/{id}/backlog',
    access: 'sync:write',
    summary: 'Say no more how far a change of settings is; what is owed stays owed',
    response: ok,
  }),
  rewriteLinks: route({
    method: 'POST',
    path: '/connections/{id}/links/rewrite',
    access: 'connections:write',
    summary: 'Let the links in the CRM that hold the public address of before be rewritten',
    response: z.object({ people: z.number(), health }),
  }),
} as const;
