import type { Hono } from 'hono';
import { type Body, inBatch, problem } from './answers.ts';
import { type HubSpotState, PORTAL_ID, type StoredCompany, UI_DOMAIN } from './state.ts';

interface SearchBody {
  readonly filterGroups?: readonly {
    readonly filters: readonly {
      readonly propertyName: string;
      readonly operator: string;
      readonly values?: readonly string[];
    }[];
  }[];
  readonly limit?: number;
  readonly after?: string;
}
interface Association {
  readonly from: { readonly id: string };
  readonly to: { readonly id: string };
  readonly types?: readonly { readonly associationTypeId: number }[];
}

/** Companies by name, made in batches, and contacts given one. */
export function addCompanies(api: Hono, state: HubSpotState): void {
  const at = '/crm/objects/:version{[0-9-]+}/:type{(?:companies|0-2)}';
  api.post(`${at}/search`, async (c) => {
    const text = await c.req.text();
    if (text.length > 3_000) return c.json(problem('VALIDATION_ERROR', 'The request body is too long.'), 400);
    // A test sends what it likes; what does not fit simply finds nothing.
    const body = JSON.parse(text) as SearchBody;
    const filter = body.filterGroups?.[0]?.filters[0];
    if (body.filterGroups !== undefined && (filter?.propertyName !== 'name' || filter.operator !== 'IN'))
      return c.json(problem('VALIDATION_ERROR', 'There was a problem with the request.'), 400);
    const values = new Set(filter?.values ?? []);
    const now = state.clock.now();
    const late = [...state.companiesInIndex].flatMap(([company, until]) => (until > now ? [company] : []));
    const found = [...state.companies.values(), ...late].filter(
      ({ name, indexedAt }) => indexedAt <= now && (filter === undefined || values.has(name.toLowerCase())),
    );
    const [after, limit] = [Number(body.after ?? 0), body.limit ?? 10];
    return c.json({
      total: found.length,
      results: found.slice(after, after + limit).map(present),
      ...(after + limit < found.length ? { paging: { next: { after: String(after + limit) } } } : {}),
    });
  });
  api.post(`${at}/batch/read`, async (c) => {
    const { inputs } = await c.req.json<{ inputs: { id: string }[] }>();
    if (inputs.length > 100) return c.json(problem('VALIDATION_ERROR', 'The maximum number of inputs is 100.'), 400);
    const missing = inputs.map(({ id }) => id).filter((id) => !state.companies.has(id));
    const context = { ids: missing };
    const errors =
      missing.length === 0 ? [] : [inBatch(problem('OBJECT_NOT_FOUND', 'resource not found', { context }))];
    return c.json(
      {
        status: 'COMPLETE',
        results: inputs.flatMap(({ id }) => {
          const company = state.companies.get(id);
          return company === undefined ? [] : [present(company)];
        }),
        ...(errors.length === 0 ? {} : { numErrors: errors.length, errors }),
        startedAt: new Date(state.clock.now()).toISOString(),
        completedAt: new Date(state.clock.now()).toISOString(),
      },
      errors.length === 0 ? 200 : 207,
    );
  });
  api.post(`${at}/batch/create`, async (c) => {
    const { inputs } = await c.req.json<{
      inputs: { properties?: { name?: string }; objectWriteTraceId?: string }[];
    }>();
    if (inputs.length > 100) return c.json(problem('VALIDATION_ERROR', 'The maximum number of inputs is 100.'), 400);
    const results: Body[] = [];
    const errors: Body[] = [];
    for (const { properties, objectWriteTraceId: trace } of inputs) {
      const name = properties?.name?.trim() ?? '';
      const traced = trace === undefined ? {} : { objectWriteTraceId: trace };
      if (name !== '') results.push({ ...present(state.createCompany(name)), ...traced });
      else {
        const refused = problem('VALIDATION_ERROR', 'Company requires a name or a domain', {
          context: { objectWriteTraceId: [trace ?? ''] },
        });
        errors.push(inBatch(refused));
      }
    }
    const times = {
      startedAt: new Date(state.clock.now()).toISOString(),
      completedAt: new Date(state.clock.now()).toISOString(),
    };
    const failed = errors.length > 0 ? { numErrors: errors.length, errors } : {};
    return c.json(
      { status: 'COMPLETE', results: results.reverse(), ...failed, ...times },
      errors.length > 0 ? 207 : 201,
    );
  });
  api.post(
    '/crm/associations/:version{[0-9-]+}/:from{(?:contacts|0-1)}/:to{(?:companies|0-2)}/batch/create',
    async (c) => {
      const { inputs } = await c.req.json<{ inputs: Association[] }>();
      const results: Body[] = [];
      const errors: Body[] = [];
      for (const { from, to, types } of inputs) {
        const [contact, company] = [state.contacts.get(from.id), state.companies.get(to.id)];
        if (contact === undefined || contact.archivedAt !== null || company === undefined) {
          const context = { fromObjectId: [from.id], toObjectId: [to.id] };
          errors.push(inBatch(problem('OBJECT_NOT_FOUND', 'One of the objects does not exist', { context })));
          continue;
        }
        // 1 is the primary company, 279 any; the first of any becomes the primary.
        const isPrimary = types?.some(({ associationTypeId }) => associationTypeId === 1) === true;
        if (isPrimary || !contact.properties['associatedcompanyid']) state.associate(contact, company);
        results.push({
          fromObjectTypeId: '0-1',
          fromObjectId: from.id,
          toObjectTypeId: '0-2',
          toObjectId: to.id,
          labels: [],
        });
      }
      const failed = errors.length > 0 ? { numErrors: errors.length, errors } : {};
      return c.json({ status: 'COMPLETE', results, ...failed }, errors.length > 0 ? 207 : 201);
    },
  );
}

const present = (company: StoredCompany): Body => ({
  id: company.id,
  properties: { name: company.name, hs_object_id: company.id, createdate: new Date(company.createdAt).toISOString() },
  createdAt: new Date(company.createdAt).toISOString(),
  updatedAt: new Date(company.createdAt).toISOString(),
  archived: false,
  url: `https://${UI_DOMAIN}/contacts/${PORTAL_ID}/record/0-2/${company.id}`,
});
