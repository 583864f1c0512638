import type { ChangePage } from '../connectors/kit/connector.ts';
import { chunks } from '../connectors/kit/read.ts';
import type { MassGuard } from './mass-guard.ts';
import type { RunContext } from './run-context.ts';
import { type PagePlace, type Rehearsal, syncPage } from './sync-page.ts';

/** R30: at most so many records in one transaction. */
const PIECE = 1_000;
/** Records that a run keeps back at most: then what is within its limits is written, so that memory stays bounded. */
const HELD_MAX = 20_000;

const EMPTY: ChangePage = { changed: [], gone: [], moved: [], next: '', more: false };

type Step =
  | { readonly kind: 'page'; readonly page: ChangePage; readonly place: PagePlace }
  | { readonly kind: 'then'; readonly work: () => Promise<void> };

/**
 * Where a run towards the hub puts its pages. Without a guard each is written as it comes. With one, a page that would
 * create, overwrite, blank, unlink or delete is decided, rolled back and kept until the run's total is known to be within
 * its limits (R50); other pages are written at once. Pages are decided again when they are written.
 */
export class PageSink {
  readonly #ctx: RunContext;
  readonly #guard: MassGuard | null;
  #steps: Step[] = [];
  #held = 0;

  constructor(ctx: RunContext, guard: MassGuard | null) {
    this.#ctx = ctx;
    this.#guard = guard;
  }

  /**
   * @param options.acknowledged reading on tells the CRM that this page has arrived, so it must not wait: it is written,
   * or the run ends before the next is read.
   * @throws MassChange when the run would do too much: nothing of this page is written, nor of those kept back.
   */
  async take(page: ChangePage, place: PagePlace, options: { readonly acknowledged?: boolean } = {}): Promise<void> {
    // The cursor moves with the last piece, so a page that was cut off is read again (R30).
    const pieces = chunks(page.changed, PIECE);
    for (const piece of pieces.slice(0, -1)) {
      const part = { ...EMPTY, changed: piece, moved: page.moved, more: true };
      await this.#takePiece(part, { ...place, mode: 'due', next: null }, options.acknowledged === true);
    }
    await this.#takePiece({ ...page, changed: pieces.at(-1) ?? [] }, place, options.acknowledged === true);
  }

  /** Records of pages that are kept back: read, and not in the database yet. At most `HELD_MAX` and a page. */
  keptIds(): ReadonlySet<string> {
    return new Set(this.#steps.flatMap((step) => (step.kind === 'page' ? step.page.changed.map(({ id }) => id) : [])));
  }

  /** Does this after all pages so far are written. */
  async afterwards(work: () => Promise<void>): Promise<void> {
    if (this.#steps.length === 0) await work();
    else this.#steps.push({ kind: 'then', work });
  }

  /** Everything has been looked at and is within the limits: writes what was kept back, in its order. */
  async flush(): Promise<void> {
    const steps = this.#steps;
    this.#steps = [];
    this.#held = 0;
    for (const step of steps) {
      if (step.kind === 'then') await step.work();
      else await syncPage(this.#ctx, step.page, step.place);
    }
  }

  async #takePiece(page: ChangePage, place: PagePlace, mustNotWait: boolean): Promise<void> {
    const guard = this.#guard;
    if (guard === null || guard.rules.length === 0) return void (await syncPage(this.#ctx, page, place));
    const add = ({ effects, counts }: Rehearsal): void =>
      guard.add(effects.mass, counts, effects.items, () => page.expected ?? (page.more ? null : 0));
    if (guard.asYouGo || mustNotWait) {
      await syncPage(this.#ctx, page, place, (rehearsal) => {
        add(rehearsal);
        return false;
      });
      return;
    }
    // A page behind one that is kept back may be written, but its cursor has to wait for its turn.
    const now: PagePlace = this.#steps.length === 0 ? place : { ...place, mode: 'due', next: null };
    const held = await syncPage(this.#ctx, page, now, ({ effects }) => guard.isGuarded(effects.mass));
    if (held !== null) {
      add(held);
      this.#keep(page, place);
    } else if (this.#steps.length > 0) this.#keepPlace(page, place);
    if (this.#held > HELD_MAX) await this.flush();
  }

  #keep(page: ChangePage, place: PagePlace): void {
    this.#steps.push({ kind: 'page', page, place });
    this.#held += page.changed.length + page.gone.length + page.moved.length;
  }

  /** The page is written; only its cursor waits. Cursors that follow each other move as one. */
  #keepPlace(page: ChangePage, place: PagePlace): void {
    if (place.next === null) return;
    const last = this.#steps.at(-1);
    const empty = { ...EMPTY, next: page.next, more: page.more };
    const follows =
      last?.kind === 'page' &&
      last.place.next !== null &&
      last.place.feed === place.feed &&
      last.place.mode === place.mode &&
      last.page.changed.length + last.page.gone.length + last.page.moved.length === 0;
    if (follows)
      this.#steps[this.#steps.length - 1] = {
        kind: 'page',
        page: empty,
        place: { ...place, from: last.place.from },
      };
    else this.#steps.push({ kind: 'page', page: empty, place });
  }
}
