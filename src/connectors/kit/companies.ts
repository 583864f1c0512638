import type { Limit, WriteOutcome } from './connector.ts';

/** A company, organisation or account record of the CRM. */
export interface Company {
  readonly id: string;
  readonly name: string;
}
export interface CompanyWish {
  /** Our own key of this wish, unique in the call. */
  readonly key: string;
  readonly name: string;
}

/** Companies by name (R25); where people carry the company as a text there is nothing to find. */
export interface Companies {
  /** Batched; one list per name, same order: every company of that name, compared as people compare names. */
  find(names: readonly string[]): Promise<readonly (readonly Company[])[]>;
  /** Batched; same length, same order. Never throws for what happens to single companies. */
  create(wishes: readonly CompanyWish[]): Promise<readonly WriteOutcome[]>;
  /**
   * Which of these ids are no company any more (deleted, merged away, put out of use): read by id, from no index that lags.
   * Batched. @throws RemoteError when it cannot be read: absence is believed only from an answer (R18d)
   */
  gone(ids: readonly string[]): Promise<readonly string[]>;
}

/** What of it the engine and the contract suite must know. */
export interface CompanyInfo {
  /** Names in one look-up, companies in one create. */
  readonly find: Limit;
  readonly create: Limit;
  /**
   * How a company's new name, or its end, reaches the people who belong to it: the CRM tells which companies changed, or it
   * tells nobody and people carry a text of their own.
   */
  readonly renamed: 'feed' | 'never';
  /** How its end is noticed: it comes in a feed, ids are looked for once a day, or not before we use it. */
  readonly ended: 'feed' | 'sweep' | 'use';
}
