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

export interface RemoteErrorDetails {
  readonly status?: number;
  /** The vendor's own code, for `docs/reasons.md` and the log. */
  readonly code?: string;
  /** ms since 1970: not before. */
  readonly retryAt?: number;
  /** True when a write may have happened although no answer came. */
  readonly maybeDone?: boolean;
  readonly cause?: unknown;
}

/** `RemoteError.code` of a call that the guard on private addresses did not let out: nobody was asked. */
export const PRIVATE_ADDRESS = 'private_address';

/** `RemoteError.code` where the vendor says that the user whose credentials these are is deactivated; also a finding of a check. */
export const USER_INACTIVE = 'user_inactive';

/** What a check calls this failure; a message under `finding.`. */
export const findingOf = (error: RemoteError): string =>
  error.code === USER_INACTIVE
    ? USER_INACTIVE
    : error.code === PRIVATE_ADDRESS
      ? `remote_${PRIVATE_ADDRESS}`
      : `remote_${error.kind}`;

/** A failure of a call as a whole. The message never holds a secret, a person's name or a field value. */
export class RemoteError extends Error {
  readonly kind: RemoteErrorKind;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly retryAt: number | undefined;
  readonly maybeDone: boolean;

  constructor(kind: RemoteErrorKind, message: string, details: RemoteErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'RemoteError';
    this.kind = kind;
    this.status = details.status;
    this.code = details.code;
    this.retryAt = details.retryAt;
    this.maybeDone = details.maybeDone ?? false;
  }
}
