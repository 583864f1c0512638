import { AsyncLocalStorage } from 'node:async_hooks';

/** One webhook call as an emulated vendor makes it. */
export interface EmulatedCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How an emulated vendor's webhooks misbehave, as real ones do. */
export interface HookTrouble {
  /** Every call comes twice. */
  readonly duplicates?: boolean;
  /** The newest call comes first. */
  readonly shuffled?: boolean;
}

/** What tests and the demo do with an emulated vendor's webhooks, whichever it is. */
export interface EmulatedHooks {
  /** Deliver through this instead of the network, and only when `flush` is called. */
  deliverBy(fetch: (url: string, init: RequestInit) => Promise<Response>): void;
  trouble(trouble: HookTrouble): void;
  /** Sends what waits. @returns the answers' statuses; 0: nobody answered. */
  flush(): Promise<readonly number[]>;
  /** All calls so far, to send one of them again. */
  readonly sent: readonly EmulatedCall[];
}

/** Soon, as the vendors do; long enough for a batch to come together. */
const SOON_MS = 25;

/** Collects what happened in an emulated CRM and calls the subscribed addresses. */
export class HookSender<E> implements EmulatedHooks {
  readonly sent: EmulatedCall[] = [];
  readonly #toCalls: (events: readonly E[]) => readonly EmulatedCall[];
  readonly #byApi = new AsyncLocalStorage<true>();
  #deliver: (url: string, init: RequestInit) => Promise<Response> = (url, init) => fetch(url, init);
  #isManual = false;
  #trouble: HookTrouble = {};
  #waiting: E[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(toCalls: (events: readonly E[]) => readonly EmulatedCall[]) {
    this.#toCalls = toCalls;
  }

  /** What happens inside came over the API. */
  overApi<T>(work: () => T): T {
    return this.#byApi.run(true, work);
  }
  isOverApi(): boolean {
    return this.#byApi.getStore() === true;
  }

  say(event: E): void {
    this.#waiting.push(event);
    if (this.#isManual || this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.flush();
    }, SOON_MS);
    this.#timer.unref();
  }

  deliverBy(deliver: (url: string, init: RequestInit) => Promise<Response>): void {
    this.#deliver = deliver;
    this.#isManual = true;
  }
  trouble(trouble: HookTrouble): void {
    this.#trouble = trouble;
  }

  async flush(): Promise<readonly number[]> {
    const events = this.#waiting.splice(0);
    const calls = this.#trouble.shuffled === true ? [...this.#toCalls(events)].reverse() : this.#toCalls(events);
    const statuses: number[] = [];
    for (const call of this.#trouble.duplicates === true ? calls.flatMap((one) => [one, one]) : calls) {
      this.sent.push(call);
      const { url, headers, body } = call;
      const answer = await this.#deliver(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
        signal: AbortSignal.timeout(5_000),
      }).catch(() => null);
      statuses.push(answer?.status ?? 0);
    }
    return statuses;
  }
}
