import { z } from 'zod';
import { route } from './route.ts';
import * as view from './views.ts';

const email = z.string().min(3).max(254);
const password = z.string().max(256);
const token = z.string().min(10).max(200);
const locale = z.enum(['en', 'fr']);
const timeZone = z.string().max(64);

/** People who sign in: their own account, their sessions, and how new ones are let in. */
export const accountRoutes = {
  updateMe: route({
    method: 'PATCH',
    path: '/me',
    access: 'signed-in',
    summary: 'My name, language and time zone; null follows the instance',
    body: z.strictObject({
      name: z.string().min(1).max(120).optional(),
      locale: locale.nullable().optional(),
      timeZone: timeZone.nullable().optional(),
    }),
    response: view.ok,
  }),
  updateUser: route({
    method: 'PATCH',
    path: '/users/{id}',
    access: 'admin',
    summary: 'Change a role, let somebody in again',
    body: z.strictObject({ role: z.string().optional(), active: z.boolean().optional() }),
    response: view.ok,
  }),
  resetTwoFactor: route({
    method: 'DELETE',
    path: '/users/{id}/two-factor',
    access: 'admin',
    summary: 'Switch two-factor sign-in off for somebody who lost the device',
    response: view.ok,
  }),
  invitations: route({
    method: 'GET',
    path: '/invitations',
    access: 'admin',
    summary: 'Who is invited and has not come yet',
    response: z.object({ items: z.array(view.invitation) }),
  }),
  invite: route({
    method: 'POST',
    path: '/invitations',
    access: 'admin',
    summary: 'Invite somebody by a link; it is mailed, and shown here once',
    showsSecret: true,
    body: z.strictObject({ email, role: z.string() }),
    response: z.object({ id: z.string(), link: z.string(), mailed: z.boolean(), expiresAt: z.string() }),
  }),
  revokeInvitation: route({
    method: 'DELETE',
    path: '/invitations/{id}',
    access: 'admin',
    summary: 'Take an invitation back',
    response: view.ok,
  }),
  readInvitation: route({
    method: 'POST',
    path: '/invitations/read',
    access: 'anybody',
    summary: 'Whom an invitation is for',
    body: z.strictObject({ token }),
    response: z.object({ email: z.string().nullable() }),
  }),
  acceptInvitation: route({
    method: 'POST',
    path: '/invitations/accept',
    access: 'anybody',
    summary: 'Accept an invitation',
    body: z.strictObject({
      token,
      password,
      name: z.string().min(1).max(120).optional(),
      locale: locale.optional(),
      timeZone: timeZone.optional(),
    }),
    response: z.object({ email: z.string() }),
  }),
  askForAccess: route({
    method: 'POST',
    path: '/access-requests',
    access: 'anybody',
    summary: 'Ask to be let in',
    body: z.strictObject({ email, note: z.string().max(500).default('') }),
    response: view.ok,
  }),
  accessRequests: route({
    method: 'GET',
    path: '/access-requests',
    access: 'admin',
    summary: 'Who asks to be let in',
    response: z.object({ items: z.array(view.accessRequest) }),
  }),
  dismissAccessRequest: route({
    method: 'DELETE',
    path: '/access-requests/{id}',
    access: 'admin',
    summary: 'Say no; inviting the address says yes',
    response: view.ok,
  }),
  sessions: route({
    method: 'GET',
    path: '/sessions',
    access: 'signed-in',
    summary: 'Open sessions: mine, or everybody’s for an administrator',
    query: z.strictObject({ all: z.enum(['true', 'false']).optional() }),
    response: z.object({ items: z.array(view.session) }),
  }),
  endSession: route({
    method: 'DELETE',
    path: '/sessions/{id}',
    access: 'signed-in',
    summary: 'End a session',
    response: view.ok,
  }),
};
