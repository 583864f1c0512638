import { z } from 'zod';
import type { Route } from './contract/route.ts';
import { routes } from './contract/routes.ts';

const schema = (type: z.ZodType, io: 'input' | 'output'): object => {
  const { $schema: _, ...rest } = z.toJSONSchema(type, { io, unrepresentable: 'any' });
  return rest;
};

function operation(id: string, route: Route): object {
  const path = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const query =
    route.query === undefined
      ? {}
      : (schema(route.query, 'input') as { properties?: Record<string, object>; required?: string[] });
  const inQuery = Object.entries('properties' in query ? (query.properties ?? {}) : {}).map(([name, one]) => ({
    name,
    in: 'query',
    required: query.required?.includes(name) === true,
    schema: one,
  }));
  return {
    operationId: id,
    summary: route.summary,
    'x-access': route.access,
    parameters: [...path, ...inQuery],
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: schema(route.body, 'input') } } } }),
    responses: {
      200: {
        description: 'Done',
        content: { [route.answers ?? 'application/json']: { schema: schema(route.response, 'output') } },
      },
      default: {
        description: 'A problem (RFC 9457)',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
    ...(route.access === 'anybody' ? { security: [] } : {}),
  };
}

const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: { path: { type: 'string' }, code: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
};

/** OpenAPI 3.1, made from the very schemas that parse. */
export function openApiDocument(version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [id, route] of Object.entries(routes)) {
    const path = `/api/v1${route.path}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(id, route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Tandem', version, description: 'Contacts in step with the CRM of the sales team, both ways.' },
    security: [{ key: [] }, { session: [] }],
    components: {
      schemas: { Problem: PROBLEM },
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'tandem.session_token' },
      },
    },
    paths,
  };
}
