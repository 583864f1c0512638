import type { Role } from './sign-in.ts';

/** What a key or a role may do (surface.md, "Rights"). */
export const SCOPES = [
  'contacts:read',
  'contacts:write',
  'hub:write',
  'sync:read',
  'sync:write',
  'connections:write',
  'webhooks:write',
  'admin',
] as const;
export type Scope = (typeof SCOPES)[number];

const MARKETING: readonly Scope[] = ['contacts:read', 'contacts:write', 'hub:write', 'sync:read', 'sync:write'];

const BY_ROLE: Readonly<Record<Role, readonly Scope[]>> = {
  admin: SCOPES,
  marketing: MARKETING,
  sales: ['contacts:read'],
};

export const scopesOf = (role: Role): readonly Scope[] => BY_ROLE[role];
