import { QueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { type CallInput, call, ProblemError } from '../../src/api/contract/call.ts';
import type { Route } from '../../src/api/contract/route.ts';
import { locale } from '../i18n.ts';

export { routes } from '../../src/api/contract/routes.ts';
export { ProblemError };

/** Calls the server in the reader's language. @throws ProblemError */
export const api = <R extends Route>(route: R, input: CallInput<R> = {}): Promise<z.output<R['response']>> =>
  call(
    {
      fetch: (url, init) => fetch(url, { ...init, credentials: 'same-origin' }),
      baseUrl: '',
      headers: { 'accept-language': locale() },
    },
    route,
    input,
  );

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (count, error) => !(error instanceof ProblemError) && count < 2,
      refetchOnWindowFocus: true,
    },
  },
});

export class SignInFailed extends Error {
  readonly tooMany: boolean;
  constructor(tooMany: boolean) {
    super('sign-in failed');
    this.tooMany = tooMany;
  }
}

export async function signIn(email: string, password: string): Promise<void> {
  const response = await fetch('/api/auth/sign-in/email', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  if (!response.ok) throw new SignInFailed(response.status === 429);
}

export async function signOut(): Promise<void> {
  await fetch('/api/auth/sign-out', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
  queryClient.clear();
}
