import { type ReportDeps, sendReports } from './send-reports.ts';

export interface Reporter {
  stop(): Promise<void>;
}

const TICK_MS = 5_000;

/** Looks for something to tell until it is stopped. Every process may have one. */
export function startReporter(deps: ReportDeps): Reporter {
  const abort = new AbortController();
  const loop = (async () => {
    while (!abort.signal.aborted) {
      await sendReports(deps).catch((error: unknown) => deps.log.error({ err: error }, 'the reports stumbled'));
      await deps.clock.sleep(TICK_MS, abort.signal).catch(() => undefined);
    }
  })();
  return {
    stop: async () => {
      abort.abort();
      await loop;
    },
  };
}
