import { useQuery } from '@tanstack/react-query';
import { purposeOf } from '../../../src/core/consent-codec.ts';
import { meQuery } from '../../routes.tsx';
import { fieldText } from './changes.tsx';
import { useFieldName } from './field-name.ts';
import { useFieldValue } from './field-value.ts';
import { connectionsQuery } from './queries.ts';

type OfChange<T extends readonly unknown[]> = (connection: string, direction: string | null, ...rest: T) => string;

/**
 * How a changed field is called, and its values: towards the CRM a change is named by the CRM's field, and people know it by
 * ours.
 */
export function useFieldLabel(): {
  readonly labelOf: OfChange<[field: string]>;
  readonly textOf: OfChange<[field: string, value: unknown]>;
} {
  const { data: me } = useQuery(meQuery);
  const connections = useQuery({ ...connectionsQuery, enabled: me?.scopes.includes('sync:read') === true });
  const nameOf = useFieldName();
  const valueOf = useFieldValue();
  const hubOf: OfChange<[string]> = (name, direction, field) => {
    const lines = connections.data?.items.find((one) => one.name === name)?.mappings ?? [];
    return direction === 'toCrm' ? (lines.find((line) => line.crm === field)?.hub ?? field) : field;
  };
  return {
    labelOf: (name, direction, field) => {
      const hub = hubOf(name, direction, field);
      return purposeOf(hub) === null ? nameOf(hub) : fieldText(hub);
    },
    textOf: (name, direction, field, value) => valueOf(hubOf(name, direction, field), value),
  };
}
