import type { Owner } from '../kit/connector.ts';
import type { SalesforceClient } from './client.ts';

/** Users of the org who can own leads and contacts; queues are groups and own leads only, so nobody is given to them. */
export async function readOwners(client: SalesforceClient): Promise<readonly Owner[]> {
  const rows = await client.queryRows(
    "SELECT Id, Name, Email, IsActive FROM User WHERE UserType = 'Standard' ORDER BY Name",
  );
  return rows.map((row) => ({
    id: String(row['Id']),
    name: String(row['Name'] ?? row['Email'] ?? row['Id']),
    email: typeof row['Email'] === 'string' ? row['Email'] : null,
    active: row['IsActive'] === true,
  }));
}
