import { type DeleteOutcome, type Deletion, deleteInCalls } from '../kit/deletion.ts';
import { IN_FLIGHT, isPage, type PipedriveClient } from './client.ts';
import { deletionFaultOf } from './faults.ts';

/**
 * One person a call, into the bin for 30 days; there is nothing to delete for ever (BEHAVIOR.md, "Deleting"). A person who lost
 * a merge is deleted already, and nothing tells that there was one.
 */
export const pipedriveDeletion = (client: PipedriveClient): Deletion => ({
  delete: (records) =>
    deleteInCalls(records, { perCall: 1, parallel: IN_FLIGHT }, async (batch) => {
      const outcomes: DeleteOutcome[] = [];
      for (const { id } of batch) outcomes.push(await deleteOne(client, id));
      return outcomes;
    }),
});

async function deleteOne(client: PipedriveClient, id: string): Promise<DeleteOutcome> {
  const answer = await client.deletePerson(id);
  // A page says nothing about the person, whatever its status.
  if (isPage(answer)) throw client.failure(answer);
  if (answer.status < 300 || answer.status === 404 || answer.status === 410) return { kind: 'deleted' };
  return { kind: 'refused', faults: [deletionFaultOf(answer)] };
}
