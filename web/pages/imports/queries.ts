import type { z } from 'zod';
import { api, ProblemError, queryClient, routes } from '../../api/client.ts';
import { locale } from '../../i18n.ts';

export type Imported = z.output<typeof routes.imports.response>['items'][number];
export type OpenedImport = z.output<typeof routes.import.response>;
export type Settings = Imported['settings'];

const ACTIVE: readonly Imported['status'][] = ['counting', 'running', 'undoing'];
export const isActive = (one: { readonly status: Imported['status'] } | undefined): boolean =>
  one !== undefined && ACTIVE.includes(one.status);

export const importsQuery = {
  queryKey: ['imports'],
  queryFn: () => api(routes.imports),
} as const;
export const importQuery = (id: string) => ({
  queryKey: ['import', id],
  queryFn: () => api(routes.import, { params: { id } }),
});

/** A list was changed, or something was begun with it. */
export function importChanged(id: string): void {
  void queryClient.invalidateQueries({ queryKey: ['import', id] });
  void queryClient.invalidateQueries({ queryKey: ['imports'] });
  for (const key of ['contacts', 'status']) void queryClient.invalidateQueries({ queryKey: [key] });
}

/** Sends a list as it is; its content is the body. @throws ProblemError */
export async function uploadList(file: File): Promise<OpenedImport> {
  const response = await fetch(`/api/v1${routes.createImport.path}?name=${encodeURIComponent(file.name)}`, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'text/csv', 'accept-language': locale() },
    body: file,
  });
  const body: unknown = await response.json();
  // The server made it from its contract.
  if (!response.ok) throw new ProblemError(body as ConstructorParameters<typeof ProblemError>[0]);
  return routes.createImport.response.parse(body);
}
