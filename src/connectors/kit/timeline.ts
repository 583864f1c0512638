import type { Kind } from '../../core/model.ts';
import type { WriteOutcome } from './connector.ts';
import { RemoteError } from './errors.ts';
import { outcomeOfFailure } from './outcomes.ts';
import { chunks } from './read.ts';

/** Something a person did here, as it stands on their record in the CRM (R80). */
export interface TimelineEntry {
  /** Ours, unique for ever: it stands in the entry, so that an entry whose answer never came is found again. */
  readonly key: string;
  readonly kind: Kind;
  readonly recordId: string;
  /** One line, at most 200 characters. */
  readonly title: string;
  /** Plain text, lines separated by `\n`, at most 2,000 characters. */
  readonly text: string;
  /** When it happened, ms since 1970. */
  readonly at: number;
}

/** Where an entry is looked for: the record may have become another one since it was written. */
export type TimelinePlace = Pick<TimelineEntry, 'key' | 'kind' | 'recordId'>;

/** Activities or notes on people's records. */
export interface Timeline {
  /** Batched; same length, same order; `stored.id` is the entry's. Never throws for what happens to single entries. */
  add(entries: readonly TimelineEntry[]): Promise<readonly WriteOutcome[]>;
  /** Which of these stand there: the CRM's id of the entry by our key. */
  find(places: readonly TimelinePlace[]): Promise<ReadonlyMap<string, string>>;
}

/** The last line of an entry: how it is known again. */
export const markOf = (key: string): string => `[tandem:${key}]`;

/** Our key in a text that the CRM gives back, whatever mark-up it put around it; null: not ours. */
export const keyIn = (text: string): string | null => /\[tandem:([\w.-]{1,80})\]/.exec(text)?.[1] ?? null;

export const bodyOf = (entry: TimelineEntry): string => `${entry.text}\n${markOf(entry.key)}`;

/** For CRMs whose notes are HTML. */
export const htmlOf = (entry: TimelineEntry): string =>
  [`<strong>${escape(entry.title)}</strong>`, ...bodyOf(entry).split('\n').map(escape)].join('<br>');

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/**
 * Adds entries, so many a call. Once the CRM says "not now" or cannot be reached nothing more is sent; a call that is
 * refused as a whole is halved until the entry that it is about stands alone (R17).
 */
export async function addInCalls(
  entries: readonly TimelineEntry[],
  most: number,
  send: (batch: readonly TimelineEntry[]) => Promise<readonly WriteOutcome[]>,
): Promise<readonly WriteOutcome[]> {
  const outcomes: WriteOutcome[] = [];
  let stopped: WriteOutcome | null = null;
  const one = async (batch: readonly TimelineEntry[]): Promise<void> => {
    if (stopped !== null) return void outcomes.push(...batch.map(() => stopped ?? notNow));
    try {
      outcomes.push(...(await send(batch)));
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      if (error.kind === 'invalid' && batch.length > 1) {
        const middle = Math.ceil(batch.length / 2);
        await one(batch.slice(0, middle));
        return one(batch.slice(middle));
      }
      outcomes.push(...batch.map((): WriteOutcome => outcomeOf(error)));
      stopped = error.kind === 'invalid' ? null : { kind: 'throttled', retryAt: error.retryAt ?? null };
    }
  };
  for (const batch of chunks(entries, most)) await one(batch);
  return outcomes;
}

const notNow: WriteOutcome = { kind: 'throttled', retryAt: null };

const outcomeOf = (error: RemoteError): WriteOutcome =>
  error.kind === 'invalid'
    ? {
        kind: 'refused',
        faults: [
          { reason: 'rejected_by_crm', field: null, params: { code: error.code ?? `HTTP ${error.status ?? ''}` } },
        ],
      }
    : outcomeOfFailure(error);
