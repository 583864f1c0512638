import type { z } from 'zod';
import type { crm } from '../../../src/api/contract/crm.ts';
import type * as view from '../../../src/api/contract/views.ts';
import { type FieldSchema, VALUE_TYPES } from '../../../src/core/model.ts';
import { api, queryClient, routes } from '../../api/client.ts';

export type Connection = z.output<typeof view.connection>;
export type Run = z.output<typeof view.run>;
export type Item = z.output<typeof view.item>;
export type Crm = z.output<typeof crm>;
export type Field = z.output<typeof view.field>;

export const connectionsQuery = {
  queryKey: ['connections'],
  queryFn: () => api(routes.connections),
  // A change that is being brought into line is watched.
  refetchInterval: (query: {
    readonly state: { readonly data?: { readonly items: readonly Connection[] } | undefined };
  }) =>
    query.state.data?.items.some(
      ({ health }) =>
        health.backlog !== null && health.lastRun !== null && ['queued', 'running'].includes(health.lastRun.status),
    ) === true
      ? 2_000
      : 15_000,
} as const;
/**
 * To be awaited after settings were saved, before it is said: the next change then goes out from what is stored, and is
 * not refused as one of an older version.
 */
export const connectionsChanged = (): Promise<void> => queryClient.invalidateQueries({ queryKey: ['connections'] });
export const crmsQuery = {
  queryKey: ['crms'],
  queryFn: () => api(routes.crms),
  staleTime: Number.POSITIVE_INFINITY,
} as const;
export const fieldsQuery = (id: string, kind: string) => ({
  queryKey: ['crm-fields', id, kind],
  queryFn: () => api(routes.connectionFields, { params: { id }, query: { kind } }),
  staleTime: 60_000,
});
export const hubFieldsQuery = {
  queryKey: ['hub-fields'],
  queryFn: () => api(routes.hubFields),
  staleTime: 60_000,
} as const;

/** A field as the core takes it; a type that this page does not know is read as text. */
export const schemaOf = (field: Field): FieldSchema => {
  const { options, maxLength, scale, restricted, listId, custom: _custom, type, ...rest } = field;
  return {
    ...rest,
    type: VALUE_TYPES.find((known) => known === type) ?? 'text',
    ...(options === undefined
      ? {}
      : {
          options: options.map(({ spellings, ...option }) => ({
            ...option,
            ...(spellings === undefined ? {} : { spellings }),
          })),
        }),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(scale === undefined ? {} : { scale }),
    ...(restricted === undefined ? {} : { restricted }),
    ...(listId === undefined ? {} : { listId }),
  };
};
