import { z } from 'zod';
import type { Owner } from '../kit/connector.ts';
import { read } from '../kit/read.ts';
import type { ZohoClient } from './client.ts';

const PAGE = 200;
const usersSchema = z.object({
  users: z.array(
    z.looseObject({
      id: z.string(),
      full_name: z.string().nullish(),
      email: z.string().nullish(),
      status: z.string().nullish(),
    }),
  ),
  info: z.looseObject({ more_records: z.boolean().nullish() }).nullish(),
});

/** Everybody of the organisation, deactivated ones too. */
export async function readOwners(client: ZohoClient): Promise<readonly Owner[]> {
  const owners: Owner[] = [];
  for (let number = 1; ; number += 1) {
    const answer = await client.http.send({
      method: 'GET',
      path: `/crm/v8/users?type=AllUsers&per_page=${PAGE}&page=${number}`,
    });
    if (answer.status === 204) return owners;
    const page = read(usersSchema, answer.body, 'Zoho users');
    for (const one of page.users)
      owners.push({
        id: one.id,
        name: one.full_name ?? one.email ?? one.id,
        email: one.email ?? null,
        active: one.status === 'active',
      });
    if (page.info?.more_records !== true) return owners;
  }
}
