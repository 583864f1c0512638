import { z } from 'zod';
import { SIGN_ON_ROLES } from '../../core/sign-on.ts';
import { route } from './route.ts';

const role = z.enum(SIGN_ON_ROLES);
const text = (max: number) => z.string().trim().max(max);

/** Settings of single sign-on: the file, the API and the screen. What is left out stays as it is. */
export const signOnPatch = z.strictObject({
  enabled: z.boolean().optional(),
  issuer: text(500).optional(),
  clientId: text(500).optional(),
  /** Sealed and never given back; empty: a public client. */
  clientSecret: z.string().max(2_000).optional(),
  label: text(60).optional(),
  scopes: text(500).optional(),
  roleClaim: text(200).optional(),
  roles: z.record(z.string().min(1).max(200), role).optional(),
  defaultRole: role.nullable().optional(),
  passwords: z.enum(['everybody', 'breakGlass']).optional(),
  breakGlass: text(254).nullable().optional(),
});
export type SignOnPatch = z.infer<typeof signOnPatch>;

export const signOnState = z.object({
  enabled: z.boolean(),
  issuer: z.string(),
  clientId: z.string(),
  clientSecretSet: z.boolean(),
  label: z.string(),
  scopes: z.string(),
  roleClaim: z.string(),
  roles: z.record(z.string(), role),
  defaultRole: role.nullable(),
  passwords: z.enum(['everybody', 'breakGlass']),
  breakGlass: z.string().nullable(),
  /** What the provider wants to be told. */
  redirectUri: z.string(),
});

export const signOnRoutes = {
  signOn: route({
    method: 'GET',
    path: '/sign-on',
    access: 'admin',
    summary: 'Single sign-on, as it is set',
    response: signOnState,
  }),
  saveSignOn: route({
    method: 'PATCH',
    path: '/sign-on',
    access: 'admin',
    summary: 'Set single sign-on; the provider is asked before anything is saved',
    body: signOnPatch,
    response: signOnState,
  }),
  signOnOffer: route({
    method: 'GET',
    path: '/sign-on/offer',
    access: 'anybody',
    summary: 'What the sign-in page offers',
    response: z.object({ enabled: z.boolean(), label: z.string(), passwords: z.enum(['everybody', 'breakGlass']) }),
  }),
} as const;
