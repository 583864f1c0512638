/**
 * What can go wrong with a CRM as a whole. The list is closed: a new kind does not compile until somebody decides,
 * in `REACTION`, what the engine does about it. What a CRM answers about one record is a value (`WriteOutcome`).
 */
export const REMOTE_ERROR_KINDS = [
  'auth', // credentials refused or revoked: a person must act
  'forbidden', // the account or a scope does not allow this call
  'throttled', // a rate limit; `retryAt` says when
  'quota', // the day's allowance is used up; `retryAt` says when it is renewed, where known
  'unavailable', // 5xx, maintenance page, no connection, time-out
  'schema', // an unknown field or object: our picture of the CRM is old
  'cursor', // the CRM no longer knows this position in its feed
  'invalid', // the CRM does not understand our request: our defect
  'unexpected', // an answer that is none of the documented ones
] as const;
export type RemoteErrorKind = (typeof REMOTE_ERROR_KINDS)[number];

export type Reaction = 'pause' | 'retry-later' | 'refresh-schema' | 'restart-feed' | 'fail-run';
export const REACTION = {
  auth: 'pause',
  forbidden: 'pause',
  throttled: 'retry-later',
  quota: 'pause',
  unavailable: 'retry-later',
  schema: 'refresh-schema',
  cursor: 'restart-feed',
  invalid: 'fail-run',
  unexpected: 'fail-run',
} as const satisfies Record<RemoteErrorKind, Reaction>;

/**
 * What a person can be told beyond the kind: a message under `failure.` in the reader's language. `RemoteError.message` is for
 * the log; nobody reads it on a screen or in a mail.
 */
export const FAILURE_CASES = [
  'private_address', // the guard on private addresses did not let the call out: nobody was asked
  'timeout',
  'user_inactive', // the user whose credentials these are is deactivated
  'not_authorised', // nobody has authorised us in the browser yet
  'token_lost',
  'no_refresh_token',
  'uninstalled',
  'sign_in_refused', // the token endpoint refuses the credentials
  'credential_missing', // params: credential
  'credential_unreadable', // params: credential
  'address_wrong', // params: example
  'option_wrong', // params: option
  'account_closed',
  'scope_missing', // params: scope, where the vendor names it
  'object_hidden', // params: object
  'organisation_hidden',
  'count_gap', // params: read, count
  'own_share', // of the day's calls
  'events_denied',
] as const;
export type FailureCase = (typeof FAILURE_CASES)[number];

export interface RemoteErrorDetails {
  readonly status?: number;
  /** The vendor's own code, for `docs/reasons.md` and the log. */
  readonly code?: string;
  /** ms since 1970: not before. */
  readonly retryAt?: number;
  /** True when a write may have happened although no answer came. */
  readonly maybeDone?: boolean;
  readonly case?: FailureCase;
  /** What the words of the case need. */
  readonly params?: Readonly<Record<string, string | number>>;
  readonly cause?: unknown;
}

/** What a check calls a user who is deactivated; also `RemoteError.case`. */
export const USER_INACTIVE = 'user_inactive';

/** What a check calls this failure. */
export const findingOf = (error: RemoteError): string =>
  error.case === USER_INACTIVE
    ? USER_INACTIVE
    : error.case === 'private_address'
      ? 'remote_private_address'
      : `remote_${error.kind}`;

/** A failure as it is kept, to be told in the reader's language (api/messages/failure-text.ts). Never with a value or a secret. */
export type Failure = Readonly<Record<string, string | number>>;
export const failureOf = (error: unknown): Failure =>
  error instanceof RemoteError
    ? {
        ...error.params,
        kind: error.kind,
        message: error.message,
        ...(error.code === undefined ? {} : { code: error.code }),
        ...(error.status === undefined ? {} : { status: error.status }),
        ...(error.case === undefined ? {} : { case: error.case }),
      }
    : { kind: 'internal', message: error instanceof Error ? error.message : String(error) };

/** A failure of a call as a whole. The message, in English for the log, never holds a secret, a person's name or a field value. */
export class RemoteError extends Error {
  readonly kind: RemoteErrorKind;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly retryAt: number | undefined;
  readonly maybeDone: boolean;
  readonly case: FailureCase | undefined;
  readonly params: Readonly<Record<string, string | number>>;

  constructor(kind: RemoteErrorKind, message: string, details: RemoteErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'RemoteError';
    this.kind = kind;
    this.status = details.status;
    this.code = details.code;
    this.retryAt = details.retryAt;
    this.maybeDone = details.maybeDone ?? false;
    this.case = details.case;
    this.params = details.params ?? {};
  }
}

/** Before anybody is asked: a part of the login details is missing. `credential`: its key. */
export const missingCredential = (credential: string): RemoteError =>
  new RemoteError('auth', `the credential ${credential} is missing`, {
    case: 'credential_missing',
    params: { credential },
  });
