import type { Direction, Fault, FieldSchema, Fields, Kind } from '../../core/model.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Account } from './account.ts';
import type { Companies, Company, CompanyInfo } from './companies.ts';
import type { Deletion, DeletionInfo } from './deletion.ts';
import type { Events } from './events.ts';
import type { FieldMaker, FieldOutcome } from './fields.ts';
import type { Hooks } from './hooks.ts';
import type { CredentialMethod, OptionInfo } from './inputs.ts';
import type { OAuthProfile } from './oauth.ts';
import type { Timeline } from './timeline.ts';

/**
 * What every CRM connector offers: seven methods, and optional parts whose presence is the capability.
 * A connector talks and translates; it neither decides nor remembers. All differences between CRMs that the engine
 * must know stand in the manifest as data.
 *
 * Values: `RemoteRecord.fields` and `RemoteWrite.fields` hold the CRM's values in typed form (`core/model.ts`, `Value`):
 * the connector's codec turns the vendor's spelling ("true", ms, `a;b`) into it and back.
 */

/** An opaque position in a feed; only its connector reads it. Serialisable text, at most 4 kB. */
export type Cursor = string;
/** e.g. `lead`, `contact`, `lead-deleted`; named in the manifest. */
export type FeedName = string;

export interface RemoteRecord {
  readonly id: string;
  readonly kind: Kind;
  /** Typed values by CRM field key; an absent key is unknown, not empty (R6b). */
  readonly fields: Fields;
  /** Main address first, then further ones, as the CRM holds them. */
  readonly emails: readonly string[];
  /** The hub contact's id or address that we wrote into the link-back field; null: none. */
  readonly linkBack: string | null;
  /** Ids that lead here because of merges. */
  readonly formerIds: readonly string[];
  /** ms since 1970 by the CRM's clock. */
  readonly modifiedAt: number;
  readonly createdAt?: number;
  /** The CRM says that we were the last to change it. undefined: it does not tell. */
  readonly byUs?: boolean;
  /** For conditional writes and for noticing that a record moved. */
  readonly version: string | null;
  /** Where a person opens it. */
  readonly url: string;
  /** Set when a lead was converted: never written to (R16). */
  readonly convertedTo?: { readonly id: string | null; readonly kind: Kind };
  /** When single fields were changed, by field key, where the CRM has field history. */
  readonly fieldDates?: Readonly<Record<string, number>>;
  /** Id of the CRM user who owns it. */
  readonly owner?: string;
  /** Id of the company record that it belongs to; null: to none. undefined: the CRM has a text at most. */
  readonly companyId?: string | null;
}

export interface Moved {
  readonly from: string;
  /** null: the CRM says merged, but not into whom. */
  readonly to: string | null;
  readonly why: 'merged' | 'converted';
  readonly toKind?: Kind;
}

export interface ChangePage {
  readonly changed: readonly RemoteRecord[];
  /** Deleted ids. */
  readonly gone: readonly string[];
  readonly moved: readonly Moved[];
  /** Companies that were changed, as they are now (R25): in a feed of their own, or among the others. */
  readonly companies?: readonly Company[];
  /** Ids of companies that are none any more: nobody is given to them, and who belonged to them is looked at. */
  readonly companiesGone?: readonly string[];
  /** Where to go on. Never beyond the vendor's server time at the start of the read minus the stated lag (R22). */
  readonly next: Cursor;
  /** False: the feed is read to its present end; `next` is where the next run starts. */
  readonly more: boolean;
  /** How many more records this read will bring after this page, where the vendor says. */
  readonly expected?: number;
  /** Of a feed of deletions: the vendor's list goes no further, there may be more. The engine looks for the linked ones (R33). */
  readonly isCutOff?: boolean;
  /** A bulk read that is still running: ask again after this. */
  readonly waitMs?: number;
}

export interface ReadOptions {
  /** At most this many changed records in one page (R30: 1,000). */
  readonly limit: number;
  /** CRM field keys to read; system needs (id, e-mail, dates, link-back, sync flag) are the connector's to add. */
  readonly fields: readonly string[];
  /**
   * `changes`: what changed since the cursor. `full`: everything (an own cursor; null starts at the beginning).
   * `slim`: like full with only id, kind, e-mails, link-back: for the directory (R33).
   */
  readonly mode: 'changes' | 'full' | 'slim';
  /**
   * Of a feed of deletions that begins (no position yet): whoever was deleted before this is not linked here. ms by our
   * clock, with a day to spare. Spares reading weeks of other people's changes.
   */
  readonly since?: number;
  /** R11: the CRM's own query filters first loads; ignored with `changes`. */
  readonly filter?: { readonly field: string; readonly value: string | number | boolean };
}

export type Key = { readonly email: string } | { readonly linkBack: string };
export interface Found {
  readonly key: Key;
  /** Records of any kind, converted leads and further addresses included (C29). */
  readonly records: readonly RemoteRecord[];
  /** The answer came from an index that may lag: absence is not proof for `manifest.lookupLagMs`. */
  readonly mayLag: boolean;
}

export interface RemoteWrite {
  readonly op: 'create' | 'update';
  readonly kind: Kind;
  /** Of an update. */
  readonly id?: string;
  /** Our own key of this write (an intent's id), unique in the call. */
  readonly key: string;
  /** Typed values; null clears. On a create the link-back is among them. */
  readonly fields: Fields;
  /** Ids of the companies that `fields` name, by field key: found or made before (R25). */
  readonly companyIds?: Readonly<Record<string, string>>;
  /** Of a create: the CRM user who shall own it. */
  readonly owner?: string;
  /** Refused as `stale` when the record has another version, where the manifest says conditional. */
  readonly ifVersion?: string;
}

/** What became of one write; same length and order as the writes. */
export type WriteOutcome =
  /** As the CRM now holds it. `certain` false: read back later, another user may have written between (C30). `record` null: the answer has no values. */
  | { readonly kind: 'stored'; readonly id: string; readonly record: RemoteRecord | null; readonly certain: boolean }
  /** A create met a record that is there already (address or unique key taken); `id` where the CRM names it. */
  | { readonly kind: 'exists'; readonly id: string | null; readonly field: string | null }
  | { readonly kind: 'moved'; readonly to: string | null; readonly why: 'merged' | 'converted' }
  | { readonly kind: 'gone' }
  /** Somebody wrote first: read again, decide again. */
  | { readonly kind: 'stale' }
  /** The CRM does not take it; by field where it says so. */
  | { readonly kind: 'refused'; readonly faults: readonly Fault[] }
  /** Not done: not before `retryAt` (ms since 1970). */
  | { readonly kind: 'throttled'; readonly retryAt: number | null }
  /** Sent, and no answer came: it may have happened. */
  | { readonly kind: 'unknown' }
  /** A bulk job has it; `collect` asks. */
  | { readonly kind: 'later'; readonly ticket: string };

export interface Schema {
  readonly version: string;
  readonly kinds: Readonly<Partial<Record<Kind, readonly FieldSchema[]>>>;
}

/** Somebody who can own records in the CRM. */
export interface Owner {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  /** false: deactivated; records cannot be given to them any more. */
  readonly active: boolean;
}

export interface Connector {
  /** Who are we, in which account, and may we do our work? Throws `RemoteError`. */
  check(): Promise<Account>;
  /** Fields per kind. `known`: answer `unchanged` by conditional request where the vendor can (R49). */
  describe(known?: string): Promise<Schema | 'unchanged'>;
  readChanges(feed: FeedName, after: Cursor | null, options: ReadOptions): Promise<ChangePage>;
  /** Batched by the connector. A missing id is gone or not ours to see. */
  readByIds(kind: Kind, ids: readonly string[], fields: readonly string[]): Promise<readonly RemoteRecord[]>;
  /** Batched; one `Found` per key, same order. */
  findByKeys(keys: readonly Key[], fields: readonly string[]): Promise<readonly Found[]>;
  /** Batched; same length, same order. Never throws for what happens to single records. */
  write(writes: readonly RemoteWrite[]): Promise<readonly WriteOutcome[]>;
  /** Bulk jobs: the outcomes by write key, or `running`. */
  collect(ticket: string): Promise<ReadonlyMap<string, WriteOutcome> | 'running'>;
  /** The vendor's webhooks, where it has them for this method of signing in. */
  readonly hooks?: Hooks;
  /** The vendor's stream of events, where it calls nobody. */
  readonly events?: Events;
  readonly fields?: FieldMaker;
  /** Companies by name (R25); absent where people carry the company as a text. */
  readonly companies?: Companies;
  readonly people?: { owners(): Promise<readonly Owner[]> };
  /** What people did here, as activities or notes on their records (R80); the manifest says what they are. */
  readonly timeline?: Timeline;
  /** Deletes people's records (R18, R38); absent: the vendor documents no way. The manifest says what deleting means there. */
  readonly deletion?: Deletion;
  /** Adds choices to a list of the CRM. @returns one outcome per label, same order; `key` is the new option's id. */
  readonly options?: {
    create(kind: Kind, field: string, labels: readonly string[]): Promise<readonly FieldOutcome[]>;
  };
  /** The vendor's own count of what a full read of this feed should see, where it can count (R33). */
  readonly count?: (feed: FeedName, filter?: ReadOptions['filter']) => Promise<number>;
}

/** Something that states its source: a vendor page or "measured". */
export interface Limit {
  readonly value: number;
  readonly source: string;
}

export interface FeedInfo {
  readonly name: FeedName;
  readonly kind: Kind;
  /** `changes` carries records; `gone` deletions, merges or conversions only; `companies` companies only (R25). */
  readonly carries: 'changes' | 'gone' | 'companies';
  /** Records appear in it this late, ms (R22). */
  readonly lagMs: number;
  /** Reading on tells the vendor that the last page is safe: it is never read ahead ("Order of commits", 4). */
  readonly acknowledged?: boolean;
}

/** A connector's static description: everything the screen, the engine and the docs need without calling the CRM. */
export interface Manifest {
  readonly id: string;
  /** e.g. `HubSpot`, `Zendesk Sell (formerly Base)`. */
  readonly label: string;
  readonly kinds: readonly Kind[];
  /** What plays lead and contact in this CRM, as message keys for the boxes on the screen. */
  readonly kindNotes: Readonly<Partial<Record<Kind, string>>>;
  readonly defaultBaseUrl: string;
  readonly credentials: readonly CredentialMethod[];
  /** Of the method `oauth`: how a person authorises us in the browser. */
  readonly oauth?: OAuthProfile;
  /** Settings under `options` of a connection: a zod-free description; the connector validates in `connect`. */
  readonly options: readonly OptionInfo[];
  readonly feeds: readonly FeedInfo[];
  readonly capabilities: {
    /** The CRM refuses a second record with one e-mail address. */
    readonly uniqueEmail: boolean;
    /** A write can be made conditional on the record's version in the batch call used. */
    readonly conditionalWrite: boolean;
    /** Answers of writes carry the stored values. */
    readonly answersCarryRecord: boolean;
    readonly fieldHistory: boolean;
    readonly createFields: boolean;
    /** Deletions come in a feed; false: the engine sweeps lists of ids. */
    readonly deletesInFeed: boolean;
    readonly webhooks: boolean;
  };
  /** R25. Absent: people carry the company as a text of their own. */
  readonly companies?: CompanyInfo;
  /** What an entry of a person's timeline becomes here (R80). Absent: the vendor documents no way that can be found again. */
  readonly timeline?: {
    readonly as: 'note' | 'task';
    /** Entries in one call. */
    readonly perCall: Limit;
    /** An entry that was written may be missing from a look-up for so long, ms. */
    readonly lagMs: number;
  };
  /** R18. Absent: records can only be deleted by hand. */
  readonly deletion?: DeletionInfo;
  /** Resolution of the CRM's record times, ms. */
  readonly timeResolutionMs: number;
  /** Look-ups by e-mail may miss records younger than this, ms. */
  readonly lookupLagMs: number;
  readonly batch: {
    readonly readPage: Limit;
    readonly readByIds: Limit;
    readonly find: Limit;
    readonly create: Limit;
    readonly update: Limit;
  };
  /** So many calls of one reading or writing are under way at once. */
  readonly inFlight: Limit;
  readonly limits: readonly { readonly name: string; readonly limit: Limit; readonly unit: string }[];
  /**
   * Whose lists the connector can add a choice to (`options`): those of every field, of the account's own fields, or none.
   * Where it cannot, `optionNote` is the message that tells an administrator how it is done by hand.
   */
  readonly createsOptions: 'every' | 'custom' | 'none';
  readonly optionNote: string;
  /** Candidates for our own fields, best first, e.g. `tandem_url`, `plezi_url`. */
  readonly systemFields: {
    readonly url: readonly string[];
    readonly score: readonly string[];
    readonly status: readonly string[];
    readonly source: readonly string[];
    readonly syncFlag: readonly string[];
  };
  /**
   * How our own fields are to be called where the vendor has no interface for making fields: a person makes them, by the
   * steps of the guide beside the tab.
   */
  readonly fieldsByHand?: Readonly<Record<'url' | 'score' | 'status' | 'source' | 'syncFlag', string>>;
  /** Default lines; those of fields the account does not have are left out when a connection is made. */
  readonly defaultMapping: readonly {
    readonly kind: Kind;
    readonly hub: string;
    readonly crm: string;
    readonly direction: Direction;
    readonly optOut?: boolean;
  }[];
  /** Builds a connector. Throws `RemoteError('invalid')` naming the option that is wrong. */
  readonly connect: (context: ConnectContext) => Connector;
}

/** Tokens of a connection, kept encrypted by the store; saved before use, loaded under a lock (one refresh for all). */
export interface TokenKeeper {
  /** The present access token, or null. */
  load(): Promise<StoredToken | null>;
  /**
   * Runs `refresh` alone among all processes and stores what it returns before anybody uses it. If another process
   * stored a newer token than `seen` meanwhile, that one is returned and `refresh` is not called.
   */
  renew(seen: StoredToken | null, refresh: (current: StoredToken | null) => Promise<StoredToken>): Promise<StoredToken>;
}
export interface StoredToken {
  readonly accessToken: string;
  readonly refreshToken?: string;
  /** Base address that came with the token (Salesforce). */
  readonly apiUrl?: string;
  /** Who we are there, where the token tells. */
  readonly userId?: string;
  /** ms since 1970; undefined: unknown, react to 401. */
  readonly expiresAt?: number;
}

/** Calls are reserved before they are made and corrected by what the CRM's headers say (R34). */
export interface QuotaKeeper {
  /** Throws `RemoteError('quota' | 'throttled')` when the share is used up. */
  take(calls: number): Promise<void>;
  /** What the CRM said about its own counter. */
  observe(state: { readonly limit?: number; readonly remaining?: number; readonly resetAt?: number }): void;
}

export interface ConnectContext {
  /** Already guarded against private addresses, proxied and timed out by the caller. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly clock: Clock;
  readonly tokens: TokenKeeper;
  readonly quota: QuotaKeeper;
  readonly settings: {
    readonly baseUrl: string | null;
    readonly authUrl: string | null;
    readonly credentials: { readonly method: string } & Readonly<Record<string, string>>;
    readonly options: Readonly<Record<string, unknown>>;
    /** CRM field keys that play our system fields on this connection; null: not there. */
    readonly systemFields: Readonly<Record<'url' | 'score' | 'status' | 'source' | 'syncFlag', string | null>>;
    /** R48: false keeps the CRM's assignment rules and workflows quiet where the vendor lets us choose. */
    readonly startAutomations: boolean;
  };
  /** The cached description (R49), so that reading values costs no call; null: not described yet. */
  readonly schema: Schema | null;
  /** Called for each HTTP call made, for `apiCalls` and the metrics. Never with secrets. */
  readonly onCall?: (call: {
    readonly method: string;
    readonly path: string;
    readonly status: number;
    readonly ms: number;
  }) => void;
  /** Called before a call is repeated after a pause, because the CRM asked for it or could not be reached. */
  readonly onWait?: (wait: { readonly kind: 'throttled' | 'unavailable'; readonly ms: number }) => void;
  readonly signal?: AbortSignal;
}
