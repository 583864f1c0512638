import type { Trx } from '../../store/db.ts';
import { writeConsentFields } from './consent-fields.ts';
import { recordConsents, WITHOUT_WORDS } from './consents.ts';

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
      ...WITHOUT_WORDS,
      how: 'person',
      source: by,
    },
  ]);
  await writeConsentFields(trx, [record.contactId], {
    at: record.at,
    reason: 'resolved',
    origin: { by: 'person', at: record.at, source: by, rule: 'R8a' },
  });
}
