import type { z } from 'zod';

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
/** Who may call: a scope, anybody signed in, or anybody at all. */
export type Access =
  | 'contacts:read'
  | 'contacts:write'
  | 'hub:write'
  | 'sync:read'
  | 'sync:write'
  | 'connections:write'
  | 'webhooks:write'
  | 'admin'
  | 'signed-in'
  | 'anybody';

/** One route, declared once: the server parses with it, the web is typed by it, OpenAPI is made from it. */
export interface Route<
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
> {
  readonly method: Method;
  /** Under `/api/v1`, parameters as `{name}`. */
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  readonly query?: Q;
  readonly body?: B;
  /** Media type of the answer; absent: JSON. */
  readonly answers?: string;
  /** The body is a file that may be larger than memory: it is read as it comes in (`Request.upload`), never as a whole. */
  readonly upload?: true;
  /** Nothing is changed although it is no GET: it is a question whose input is too long for an address. No line of the audit log. */
  readonly asks?: true;
  /** The answer shows a secret, this once: it is kept nowhere, not even for a repetition of the request. */
  readonly showsSecret?: true;
  /** Whom it is about is forgotten: neither the audit log nor the answer that is kept for a repetition names them. */
  readonly forgets?: true;
  readonly response: R;
}

export const route = <Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
  definition: Route<Q, B, R>,
): Route<Q, B, R> => definition;
