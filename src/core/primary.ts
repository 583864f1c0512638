import type { Kind } from './model.ts';

/** One of several CRM records that have the same e-mail. */
export interface Candidate {
  readonly id: string;
  readonly kind: Kind;
  readonly modifiedAt: number | null;
  /** As people read it; two different names make it a shared address. */
  readonly name: string;
}

/**
 * Which of several CRM records with one e-mail is kept in step (R14): a contact before a lead, then the most recently
 * updated; ties by id, so that every process chooses alike. The present primary stays unless a contact appears beside a lead.
 */
export function choosePrimary(candidates: readonly Candidate[], presentId?: string): Candidate | undefined {
  const present = candidates.find((candidate) => candidate.id === presentId);
  const best = [...candidates].sort(byPreference)[0];
  if (present === undefined || best === undefined) return best;
  return best.kind === 'contact' && present.kind === 'lead' ? best : present;
}

const byPreference = (a: Candidate, b: Candidate): number =>
  Number(b.kind === 'contact') - Number(a.kind === 'contact') ||
  (b.modifiedAt ?? 0) - (a.modifiedAt ?? 0) ||
  (a.id < b.id ? -1 : 1);

/** `shared_email` when the names differ, else `duplicate_in_crm`. */
export const duplicateReason = (a: string, b: string): 'shared_email' | 'duplicate_in_crm' => {
  const fold = (name: string): string => name.normalize('NFKC').trim().toLowerCase().replace(/\s+/gu, ' ');
  return fold(a) !== '' && fold(b) !== '' && fold(a) !== fold(b) ? 'shared_email' : 'duplicate_in_crm';
};
