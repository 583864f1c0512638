import { z } from 'zod';
import type { Owner } from '../kit/connector.ts';
import { read } from '../kit/read.ts';
import { type C4cClient, PAGE } from './client.ts';

const employeesSchema = z.object({
  d: z.object({
    results: z.array(
      z.looseObject({
        EmployeeID: z.string(),
        BusinessPartnerFormattedName: z.string().nullish(),
        Email: z.string().nullish(),
        UserLockedIndicator: z.boolean().nullish(),
      }),
    ),
  }),
});

/**
 * Employees: their id is what the owner fields take (BEHAVIOR.md, "Owners"). A tenant that does not let us read them, or
 * whose service lacks one of these properties, has no owners to choose from.
 */
export async function readOwners(client: C4cClient): Promise<readonly Owner[]> {
  const owners: Owner[] = [];
  for (let skip = 0; ; skip += PAGE) {
    const answer = await client.employees(skip);
    if (answer.status >= 400) return owners;
    const { results } = read(employeesSchema, answer.body, 'SAP employees').d;
    for (const one of results)
      owners.push({
        id: one.EmployeeID,
        name: one.BusinessPartnerFormattedName || one.Email || one.EmployeeID,
        email: one.Email || null,
        active: one.UserLockedIndicator !== true,
      });
    if (results.length < PAGE) return owners;
  }
}
