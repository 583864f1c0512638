import { mailExpiries } from './expiry-mails.ts';
import { type ReportDeps, sendReports } from './send-reports.ts';

export interface Reporter {
  stop(): Promise<void>;
}

const TICK_MS = 5_000;
const EXPIRIES_EVERY_MS = 10 * 60_000;

/** Looks for something to tell until it is stopped. Every process may have one. */
export function startReporter(deps: ReportDeps): Reporter {
  const abort = new AbortController();
  let expiriesAt = 0;
  const loop = (async () => {
    while (!abort.signal.aborted) {
      await sendReports(deps).catch((error: unknown) => deps.log.error({ err: error }, 'the reports stumbled'));
      if (deps.clock.now() >= expiriesAt) {
        expiriesAt = deps.clock.now() + EXPIRIES_EVERY_MS;
        await mailExpiries(deps).catch((error: unknown) => deps.log.error({ err: error }, 'ends could not be told'));
      }
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
