import {
  type DeleteOutcome,
  type Deletion,
  deleteInCalls,
  deletionFault,
  deletionOutcomeOf,
  type RecordToDelete,
} from '../kit/deletion.ts';
import { RemoteError } from '../kit/errors.ts';
import { IN_FLIGHT, type SellClient } from './client.ts';
import { isContactId, recordId, resourceOf, vendorId } from './codec.ts';
import { deletionFaultsOf, refusalKind } from './faults.ts';

type Outcomes = ReadonlyMap<string, DeleteOutcome>;

/** One record a call, for ever: there is no bin (BEHAVIOR.md, "Deleting"). */
export const sellDeletion = (client: SellClient): Deletion => ({
  delete: async (records) => {
    const asked = new Set(records.map(({ id }) => id));
    const ids = [...asked].filter((id) => Number.isSafeInteger(vendorId(id)));
    const companies = await companiesAmong(client, ids.filter(isContactId)).catch(deletionOutcomeOf);
    // Nothing was sent yet.
    if (!(companies instanceof Map)) return records.map(() => (companies.kind === 'unknown' ? NOT_NOW : companies));
    const going = ids.filter((id) => !companies.has(id));
    const gone: string[] = [];
    const told = await deleteInCalls(going.map(recordOf), { perCall: 1, parallel: IN_FLIGHT }, deleteOne(client, gone));
    const moved = await contactsOf(client, gone.filter(isLeadId), asked);
    const outcomes = new Map([
      ...going.map((id, index) => [id, told[index] ?? NOT_NOW] as const),
      ...companies,
      ...moved,
    ]);
    // What is no id of Sell's is nobody there.
    return records.map(({ id }) => outcomes.get(id) ?? { kind: 'deleted' });
  },
});

const NOT_NOW: DeleteOutcome = { kind: 'throttled', retryAt: null };
const isLeadId = (id: string): boolean => !isContactId(id);
/** The id says which of the two tables is meant. */
const recordOf = (id: string): RecordToDelete => ({ kind: isContactId(id) ? 'contact' : 'lead', id });

/** A company is a contact, too, and people belong to it: it is no person to be deleted. */
async function companiesAmong(client: SellClient, ids: readonly string[]): Promise<Map<string, DeleteOutcome>> {
  const objects = ids.length === 0 ? [] : await client.byIds('contacts', ids.map(vendorId));
  const refused: DeleteOutcome = {
    kind: 'refused',
    faults: [deletionFault('rejected_by_crm', { why: 'deletion_company' })],
  };
  return new Map(
    objects.filter((one) => one['is_organization'] === true).map((one) => [recordId('contact', one.id), refused]),
  );
}

/** `gone`: whoever was not there any more is put into it. */
function deleteOne(client: SellClient, gone: string[]) {
  let forbidden: RemoteError | null = null;
  return async ([record]: readonly RecordToDelete[]): Promise<readonly DeleteOutcome[]> => {
    if (record === undefined) return [];
    // A scope that is missing is missing for the next one, too.
    if (forbidden !== null) throw forbidden;
    const answer = await client.delete(resourceOf(record.kind), vendorId(record.id));
    const kind = refusalKind(answer);
    if (kind === 'all') {
      const failure = client.failure(answer);
      if (failure.kind === 'forbidden') forbidden = failure;
      throw failure;
    }
    if (kind === 'gone') gone.push(record.id);
    return [kind === 'row' ? { kind: 'refused', faults: deletionFaultsOf(answer) } : { kind: 'deleted' }];
  };
}

/** A converted lead is gone as well: those that live on as contacts which nobody asked to delete. */
async function contactsOf(client: SellClient, gone: readonly string[], asked: ReadonlySet<string>): Promise<Outcomes> {
  if (gone.length === 0) return new Map();
  try {
    const contacts = await client.conversionsOf(new Set(gone.map(vendorId)));
    const others = [...contacts.values()].filter((id) => id !== null && !asked.has(recordId('contact', id)));
    const alive = new Set(
      (
        await client.byIds(
          'contacts',
          others.filter((id) => id !== null),
        )
      ).map(({ id }) => id),
    );
    return new Map(
      gone.flatMap((id): [string, DeleteOutcome][] => {
        const to = contacts.get(vendorId(id)) ?? null;
        if (to === null || !alive.has(to)) return [];
        return [[id, { kind: 'moved', to: recordId('contact', to), why: 'converted' }]];
      }),
    );
  } catch (error) {
    // Whether they are contacts now is not known: to be asked again.
    const outcome = deletionOutcomeOf(error);
    return new Map(gone.map((id) => [id, outcome.kind === 'throttled' ? outcome : NOT_NOW]));
  }
}
