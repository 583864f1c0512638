import { useEffect } from 'react';
import { queryClient } from './client.ts';

/** Listens to live progress while a page is open; each message makes the lists that show runs fresh. */
export function useLiveRuns(): void {
  useEffect(() => {
    const source = new EventSource('/api/v1/runs/stream');
    let waiting: number | undefined;
    const refresh = (): void => {
      // Many messages in one moment are one refresh.
      waiting ??= window.setTimeout(() => {
        waiting = undefined;
        for (const key of ['runs', 'run', 'connections', 'status', 'items'])
          void queryClient.invalidateQueries({ queryKey: [key] });
      }, 400);
    };
    source.addEventListener('run', refresh);
    // What moved before the line was there, or while it was interrupted, was told to nobody.
    source.addEventListener('hello', refresh);
    return () => {
      source.close();
      window.clearTimeout(waiting);
    };
  }, []);
}
