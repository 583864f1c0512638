import type { Origin } from '../../core/model.ts';
import type { Trx } from '../../store/db.ts';
import { type WriteContactsOptions, writeContacts } from '../write-contacts.ts';
import { consentFields } from './consents.ts';

/** The calculated field follows the records (R8a); whom a CRM has to be told of is owed to it. */
export async function writeConsentFields(
  trx: Trx,
  ids: readonly string[],
  options: WriteContactsOptions & {
    /** Who made the records; default: the hub. */
    readonly origin?: Origin;
  },
): Promise<void> {
  const { origin = { by: 'system', at: options.at, rule: 'R8a' }, ...how } = options;
  const values = await consentFields(trx, ids);
  const writes = ids.map((id) => ({
    id,
    create: false,
    fields: { consent: values.get(id) ?? null },
    origins: { consent: origin },
  }));
  await writeContacts(trx, writes, how);
}
