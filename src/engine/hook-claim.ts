/** Under which a connection's webhook secrets are kept in `secrets`. */
export const hookOwner = (connectionId: string): string => `hook:${connectionId}`;

/** Whoever looks after a subscription, or listens to a stream, has it for so long; listeners renew it every two minutes. */
export const CLAIM_MS = 5 * 60_000;
