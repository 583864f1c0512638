import { z } from 'zod';
import type { Owner } from '../kit/connector.ts';
import { idNumber, read } from '../kit/read.ts';
import { LIST_PAGE, type SellClient } from './client.ts';

const usersSchema = z.object({
  items: z.array(
    z.object({
      data: z.looseObject({
        id: idNumber,
        name: z.string().nullish(),
        email: z.string().nullish(),
        status: z.string().nullish(),
      }),
    }),
  ),
});

/** Everybody of the account, deactivated ones too. */
export async function readOwners(client: SellClient): Promise<readonly Owner[]> {
  const owners: Owner[] = [];
  for (let number = 1; ; number += 1) {
    const answer = await client.http.send({ method: 'GET', path: `/v2/users?per_page=${LIST_PAGE}&page=${number}` });
    const { items } = read(usersSchema, answer.body, 'Zendesk Sell users');
    for (const { data } of items)
      owners.push({
        id: String(data.id),
        name: data.name ?? data.email ?? String(data.id),
        email: data.email ?? null,
        active: data.status !== 'inactive',
      });
    if (items.length < LIST_PAGE) return owners;
  }
}
