import { z } from 'zod';
import type { WriteOutcome } from '../kit/connector.ts';
import { chunks, read } from '../kit/read.ts';
import { addInCalls, bodyOf, keyIn, type Timeline, type TimelineEntry, type TimelinePlace } from '../kit/timeline.ts';
import { quote, type SalesforceClient } from './client.ts';
import { outcomeOf, type SalesforceError } from './faults.ts';

export const TASKS = 200;
/** WhoIds in one query: 18 characters and three signs each, well within the address. */
const WHO_IDS = 300;

const resultsSchema = z.array(
  z.object({ id: z.string().nullish(), success: z.boolean(), errors: z.array(z.looseObject({})).nullish() }),
);

/** Completed tasks, 200 a call: they stand among what has been done, in nobody's list of things to do. */
export function salesforceTimeline(client: SalesforceClient, startAutomations: boolean): Timeline {
  // An org may rename its statuses; the closed one is what "completed" is called there.
  let closed: Promise<string> | null = null;
  return {
    add: async (entries) =>
      addInCalls(entries, TASKS, async (batch) => {
        closed ??= closedStatus(client);
        const status = await closed;
        const answer = await client.http.send({
          method: 'POST',
          path: `${client.data}/composite/sobjects`,
          json: { allOrNone: false, records: batch.map((entry) => taskOf(entry, status)) },
          headers: startAutomations ? {} : { 'Sforce-Auto-Assign': 'FALSE' },
          timeoutMs: 120_000,
        });
        const results = read(resultsSchema, answer.body, 'Salesforce tasks');
        return batch.map((_entry, index) => resultOf(results[index]));
      }),
    find: (places) => findTasks(client, places),
  };
}

const taskOf = (entry: TimelineEntry, status: string): object => ({
  attributes: { type: 'Task' },
  WhoId: entry.recordId,
  Subject: entry.title.slice(0, 255),
  Description: bodyOf(entry),
  ActivityDate: new Date(entry.at).toISOString().slice(0, 10),
  Status: status,
});

async function closedStatus(client: SalesforceClient): Promise<string> {
  const rows = await client.queryRows('SELECT ApiName FROM TaskStatus WHERE IsClosed = true');
  return String(rows[0]?.['ApiName'] ?? 'Completed');
}

/** Codes about the person whom the task is about. */
const NOBODY = new Set(['ENTITY_IS_DELETED', 'INVALID_CROSS_REFERENCE_KEY']);

function resultOf(result: z.infer<typeof resultsSchema>[number] | undefined): WriteOutcome {
  if (result === undefined) return { kind: 'unknown' };
  if (result.success) return { kind: 'stored', id: result.id ?? '', record: null, certain: true };
  // The schema lets every part be absent; these are the documented ones.
  const errors = (result.errors ?? []) as SalesforceError[];
  if (errors.some((error) => NOBODY.has(error.statusCode ?? ''))) return { kind: 'gone' };
  return outcomeOf(errors, 'create');
}

/** SOQL sees every commit. A long text cannot be searched for, so the tasks of these people are read. */
async function findTasks(
  client: SalesforceClient,
  places: readonly TimelinePlace[],
): Promise<ReadonlyMap<string, string>> {
  const wanted = new Set(places.map(({ key }) => key));
  const found = new Map<string, string>();
  for (const ids of chunks([...new Set(places.map(({ recordId }) => recordId))], WHO_IDS)) {
    const soql = `SELECT Id, Description FROM Task WHERE WhoId IN (${ids.map(quote).join(',')})`;
    // Archived ones, too: an org may archive what is completed.
    for (const row of await client.queryRows(soql, true)) {
      const key = keyIn(String(row['Description'] ?? ''));
      if (key !== null && wanted.has(key)) found.set(key, String(row['Id']));
    }
  }
  return found;
}
