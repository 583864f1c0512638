import { useMutation } from '@tanstack/react-query';
import { api, queryClient, routes } from '../../api/client.ts';
import { tellError } from '../../ui/feedback.tsx';
import { importQuery, type Settings } from './queries.ts';

export type ChangeSettings = (patch: Partial<Settings>) => void;

/** Saves each change at once; what is shown is what the server read with it. */
export function useSettings(id: string): { readonly change: ChangeSettings; readonly isSaving: boolean } {
  const save = useMutation({
    mutationFn: (body: Partial<Settings>) => api(routes.changeImport, { params: { id }, body }),
    // One after the other, so that the last answer is the last change.
    scope: { id: `import-${id}` },
    onSuccess: (changed) => queryClient.setQueryData(importQuery(id).queryKey, changed),
    onError: tellError,
  });
  return { change: (patch) => save.mutate(patch), isSaving: save.isPending };
}
