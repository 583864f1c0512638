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
        FirstName: z.string().nullish(),
        LastName: z.string().nullish(),
        Email: z.string().nullish(),
        UserLockedIndicator: z.boolean().nullish(),
      }),
    ),
  }),
});

const nameOf = (one: {
  readonly FirstName?: string | null | undefined;
  readonly LastName?: string | null | undefined;
}): string => [one.FirstName, one.LastName].filter(Boolean).join(' ');
const PROPERTIES = ['EmployeeID', 'BusinessPartnerFormattedName', 'Email', 'UserLockedIndicator'];

/**
 * Employees: their id is what the owner fields take (BEHAVIOR.md, "Owners"). A tenant that does not let us read them has
 * no owners to choose from.
 */
export async function readOwners(client: C4cClient): Promise<readonly Owner[]> {
  const owners: Owner[] = [];
  let select: readonly string[] = PROPERTIES;
  for (let skip = 0; ; skip += PAGE) {
    let answer = await client.employees(skip, select);
    // A service that lacks one of them is asked for all that it has.
    if (answer.status === 400 && select.length > 0) answer = await client.employees(skip, (select = []));
    if (answer.status >= 400) return owners;
    const { results } = read(employeesSchema, answer.body, 'SAP employees').d;
    for (const one of results)
      owners.push({
        id: one.EmployeeID,
        name: one.BusinessPartnerFormattedName || nameOf(one) || one.Email || one.EmployeeID,
        email: one.Email || null,
        active: one.UserLockedIndicator !== true,
      });
    if (results.length < PAGE) return owners;
  }
}
