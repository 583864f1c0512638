/** What the embedded database's thread is started with. */
export interface WorkerSetup {
  /** null: in memory, for tests. */
  readonly dataDir: string | null;
  /** A tar of a cluster's folder that a database in memory begins with; null: a new, empty cluster. */
  readonly prepared: string | null;
}

export type WorkerRequest =
  | { readonly id: number; readonly kind: 'query'; readonly sql: string; readonly params: readonly unknown[] }
  | { readonly id: number; readonly kind: 'exec'; readonly sql: string }
  | { readonly id: number; readonly kind: 'close' };

export type WorkerReply =
  | { readonly id: number; readonly rows: readonly unknown[]; readonly affectedRows: number }
  | {
      readonly id: number;
      readonly error: {
        readonly message: string;
        readonly code: string | undefined;
        readonly constraint: string | undefined;
        readonly detail: string | undefined;
        readonly table: string | undefined;
      };
    };

/** A statement that the embedded database refused; `code` is PostgreSQL's SQLSTATE, as with `pg`. */
export class EmbeddedDatabaseError extends Error {
  readonly code: string | undefined;
  readonly constraint: string | undefined;
  readonly detail: string | undefined;

  constructor(fields: {
    message: string;
    code: string | undefined;
    constraint: string | undefined;
    detail: string | undefined;
  }) {
    super(fields.message);
    this.name = 'EmbeddedDatabaseError';
    this.code = fields.code;
    this.constraint = fields.constraint;
    this.detail = fields.detail;
  }
}
