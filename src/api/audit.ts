import type { EngineDeps } from '../engine/deps.ts';

/** A line of the audit log: who did what to whom, from where. */
export interface AuditEntry {
  /** `person:<id>`, `key:<id>` or `cli`. */
  readonly actor: string;
  readonly action: string;
  readonly subject: string | null;
  /** Address of the client; null: this machine's own command line. */
  readonly address: string | null;
}

/** Writes one line; kept for as long as the instance keeps audit lines (R39). */
export async function audit(deps: Pick<EngineDeps, 'store' | 'clock'>, entry: AuditEntry): Promise<void> {
  const { address, ...line } = entry;
  await deps.store.db
    .insertInto('audit')
    .values({ at: deps.clock.now(), ...line, detail: JSON.stringify({ address }) })
    .execute();
}
