import { z } from 'zod';
import type { Owner } from '../kit/connector.ts';
import { read } from '../kit/read.ts';
import type { HubSpotClient } from './client.ts';
import { paths } from './version.ts';

const PAGE = 500;
const ownersSchema = z.object({
  results: z.array(
    z.looseObject({
      id: z.string(),
      email: z.string().nullish(),
      firstName: z.string().nullish(),
      lastName: z.string().nullish(),
      archived: z.boolean().nullish(),
    }),
  ),
  paging: z.looseObject({ next: z.looseObject({ after: z.string() }).nullish() }).nullish(),
});

/** Owners in use, then the deactivated ones, who come only when asked for (BEHAVIOR.md, "Owners"). */
export async function readOwners(client: HubSpotClient): Promise<readonly Owner[]> {
  return [...(await readList(client, false)), ...(await readList(client, true))];
}

async function readList(client: HubSpotClient, archived: boolean): Promise<readonly Owner[]> {
  const owners: Owner[] = [];
  for (let after: string | null = null; ; ) {
    const query = new URLSearchParams({
      limit: String(PAGE),
      archived: String(archived),
      ...(after === null ? {} : { after }),
    });
    const answer = await client.http.send({ method: 'GET', path: `${paths.owners}?${query.toString()}` });
    const page = read(ownersSchema, answer.body, 'HubSpot owners');
    for (const one of page.results) {
      const name = [one.firstName, one.lastName].filter((part) => part != null && part !== '').join(' ');
      owners.push({ id: one.id, name: name || one.email || one.id, email: one.email ?? null, active: !archived });
    }
    after = page.paging?.next?.after ?? null;
    if (after === null) return owners;
  }
}
