import type { z } from 'zod';
import { locale } from '../i18n.ts';
import { ProblemError, routes } from './client.ts';

export type StoredFile = z.output<typeof routes.uploadFile.response>;

/** Stores a file: its content is the body as it is. @throws ProblemError */
export async function uploadFile(file: File): Promise<StoredFile> {
  const response = await fetch(`/api/v1${routes.uploadFile.path}?name=${encodeURIComponent(file.name)}`, {
    method: 'POST',
    credentials: 'same-origin',
    headers: {
      'content-type': file.type === '' ? 'application/octet-stream' : file.type,
      'accept-language': locale(),
    },
    body: file,
  });
  const body: unknown = await response.json();
  // The server made it from its contract.
  if (!response.ok) throw new ProblemError(body as ConstructorParameters<typeof ProblemError>[0]);
  return routes.uploadFile.response.parse(body);
}
