import { useQuery } from '@tanstack/react-query';
import { meQuery } from '../../routes.tsx';

/** Credentials, addresses, limits, connect and disconnect are an administrator's. */
export function useMayConnect(): boolean {
  const { data: me } = useQuery(meQuery);
  return me?.scopes.includes('connections:write') === true;
}
