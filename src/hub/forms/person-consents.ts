import type { Trx } from '../../store/db.ts';
import { writeConsentFields } from './consent-fields.ts';
import { recordConsents } from './consents.ts';

/** A person of the team says which side is right about one purpose (R4c, R8a). */
export async function decideConsentHere(
  trx: Trx,
  decided: {
    readonly contactId: string;
    readonly purpose: string;
    readonly given: boolean;
    readonly by: string;
    readonly at: number;
  },
): Promise<void> {
  const { by, ...record } = decided;
  await recordConsents(trx, [
    {
      ...record,
      how: 'person',
      source: by,
      sourceVersion: null,
      textId: null,
      textVersion: null,
      words: null,
      language: null,
      proven: false,
      ground: null,
      submissionId: null,
    },
  ]);
  await writeConsentFields(trx, [record.contactId], {
    at: record.at,
    reason: 'resolved',
    origin: { by: 'person', at: record.at, source: by, rule: 'R8a' },
  });
}
