import type { BetterAuthPlugin } from 'better-auth';
import { createAuthEndpoint } from 'better-auth/api';
import { setSessionCookie } from 'better-auth/cookies';
import { z } from 'zod';
import { NotFound } from '../../core/invalid-input.ts';

/** Opens a session for somebody whom another door has let in; no address leads here, only our own code. */
export const enterPlugin = {
  id: 'tandem-enter',
  endpoints: {
    enterAs: createAuthEndpoint.serverOnly(
      { method: 'POST', body: z.object({ userId: z.string() }), requireHeaders: true },
      async (ctx) => {
        const user = await ctx.context.internalAdapter.findUserById(ctx.body.userId);
        if (user === null) throw new NotFound('user');
        const session = await ctx.context.internalAdapter.createSession(user.id);
        await setSessionCookie(ctx, { session, user });
        return { ok: true };
      },
    ),
  },
} as const satisfies BetterAuthPlugin;
