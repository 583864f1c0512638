import { randomUUID } from 'node:crypto';

export type Body = Record<string, unknown>;

export const problem = (category: string, message: string, extra: Body = {}): Body => ({
  status: 'error',
  message,
  correlationId: randomUUID(),
  category,
  ...extra,
});

/** An error about one input of a batch has no correlation id of its own. */
export const inBatch = ({ correlationId: _correlationId, ...rest }: Body): Body => rest;

/** Dated and legacy paths have the same bodies. */
export const objects = (path: string): string[] => [
  `/crm/objects/:version{[0-9-]+}/:type{(?:contacts|0-1)}${path}`,
  `/crm/:version{v3}/objects/:type{(?:contacts|0-1)}${path}`,
];
