import { useQuery } from '@tanstack/react-query';
import { meQuery } from '../../routes.tsx';
import { fieldText } from './changes.tsx';
import { connectionsQuery } from './queries.ts';

/** How a changed field is called: towards the CRM a change is named by the CRM's field, and people know it by ours. */
export function useFieldLabel(): (connection: string, direction: string | null, field: string) => string {
  const { data: me } = useQuery(meQuery);
  const connections = useQuery({ ...connectionsQuery, enabled: me?.scopes.includes('sync:read') === true });
  return (name, direction, field) => {
    const lines = connections.data?.items.find((one) => one.name === name)?.mappings ?? [];
    const hub = direction === 'toCrm' ? (lines.find((line) => line.crm === field)?.hub ?? field) : field;
    return fieldText(hub);
  };
}
