import { useMutation } from '@tanstack/react-query';
import { api, queryClient, routes } from '../../api/client.ts';
import { tellError } from '../../ui/feedback.tsx';
import { importChanged, importQuery, type OpenedImport, type Settings } from './queries.ts';

export type ChangeSettings = (patch: Partial<Settings>) => void;

/** Saves each change at once. The choice is shown at once, too; the rows once the server has read them with it. */
export function useSettings(id: string): { readonly change: ChangeSettings; readonly isSaving: boolean } {
  const { queryKey } = importQuery(id);
  const mutationKey = ['import-settings', id];
  const save = useMutation({
    mutationKey,
    mutationFn: (body: Partial<Settings>) => api(routes.changeImport, { params: { id }, body }),
    // One after the other, so that the last answer is the last change.
    scope: { id: `import-${id}` },
    onMutate: (patch) => {
      queryClient.setQueryData(queryKey, (one: OpenedImport | undefined) =>
        one === undefined ? one : { ...one, settings: { ...one.settings, ...patch } },
      );
    },
    onSuccess: (changed) => {
      // A later choice is already shown, and its own answer comes.
      if (queryClient.isMutating({ mutationKey }) === 1) queryClient.setQueryData(queryKey, changed);
    },
    onError: (error) => {
      importChanged(id);
      tellError(error);
    },
  });
  return { change: (patch) => save.mutate(patch), isSaving: save.isPending };
}
