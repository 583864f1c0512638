import { useMutation } from '@tanstack/react-query';
import { ProblemError, routes } from '../../api/client.ts';
import { locale } from '../../i18n.ts';
import { tellError } from '../../ui/feedback.tsx';
import { saveFile } from '../../ui/save-file.ts';
import type { Filter } from './filter-bar.tsx';

/** Who is meant: everybody who meets filter and search, or these. */
export interface Meant {
  readonly filter: Filter;
  readonly search: string;
  readonly ids?: readonly string[];
}

/** Keeps contacts as a CSV file that can be brought in again. */
export const useExport = () => useMutation({ mutationFn: exportContacts, onError: tellError });

async function exportContacts({ filter, search, ids }: Meant): Promise<void> {
  const response = await fetch(`/api/v1${routes.exportContacts.path}`, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json', 'accept-language': locale() },
    body: JSON.stringify({
      filter,
      ...(search === '' ? {} : { search }),
      ...(ids === undefined ? {} : { ids }),
    }),
  });
  // The server made it from its contract.
  if (!response.ok) throw new ProblemError((await response.json()) as ConstructorParameters<typeof ProblemError>[0]);
  saveFile(await response.blob(), `contacts-${new Date().toISOString().slice(0, 10)}.csv`);
}
