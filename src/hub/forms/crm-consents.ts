import type { Trx } from '../../store/db.ts';
import { writeConsentFields } from './consent-fields.ts';
import { type ConsentEvidence, recordConsents, WITHOUT_WORDS } from './consents.ts';

/** What a CRM's permission field said of one purpose (R8a). */
export interface CrmConsent {
  readonly contactId: string;
  readonly purpose: string;
  readonly given: boolean;
  readonly at: number;
  readonly evidence: ConsentEvidence;
}

/** Keeps what a page of a CRM's records said, by a handful of statements; the other connections are owed it. */
export async function recordCrmConsents(
  trx: Trx,
  found: readonly CrmConsent[],
  from: { readonly connectionId: string; readonly runId: string; readonly at: number },
): Promise<void> {
  if (found.length === 0) return;
  await recordConsents(
    trx,
    found.map((one) => ({
      ...one,
      ...WITHOUT_WORDS,
      how: 'crm',
      source: from.connectionId,
    })),
  );
  await writeConsentFields(trx, [...new Set(found.map((one) => one.contactId))], {
    at: from.at,
    except: [from.connectionId],
    reason: 'sync',
    origin: { by: 'sync', at: from.at, connection: from.connectionId, rule: 'R8a', run: from.runId },
  });
}
