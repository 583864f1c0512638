import { QueryClient } from '@tanstack/react-query';
import i18next from 'i18next';
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

// The server's texts come in the reader's language: those that were read in another one are read again.
i18next.on('languageChanged', () => void queryClient.invalidateQueries());
