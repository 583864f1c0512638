import { z } from 'zod';
import type { FieldOutcome } from '../kit/fields.ts';
import { read } from '../kit/read.ts';
import type { ModuleName, ZohoClient } from './client.ts';

const fieldsSchema = z.object({
  fields: z.array(
    z.looseObject({
      id: z.string(),
      api_name: z.string(),
      pick_list_values: z
        .array(z.looseObject({ display_value: z.string(), actual_value: z.string() }))
        .nullish()
        .transform((values) => values ?? []),
    }),
  ),
});

/** Adds choices to a field's list; what stands there goes along with its ids (BEHAVIOR.md, "Choices"). */
export async function createOptions(
  client: ZohoClient,
  wish: { readonly module: ModuleName; readonly field: string },
  labels: readonly string[],
): Promise<readonly FieldOutcome[]> {
  const { module, field } = wish;
  const refused = (reason: 'no_permission' | 'rejected_by_crm' | 'gone', status: number): readonly FieldOutcome[] =>
    labels.map((key) => ({ ok: false, key, fault: { reason, field, params: { status } } }));
  const answer = await client.http.send({ method: 'GET', path: `/crm/v8/settings/fields?module=${module}` });
  const found = read(fieldsSchema, answer.body, 'Zoho fields').fields.find((one) => one.api_name === field);
  if (found === undefined) return refused('gone', 404);
  const added = labels.map((label) => ({ display_value: label, actual_value: label }));
  const changed = await client.http.send({
    method: 'PATCH',
    path: `/crm/v8/settings/fields/${found.id}?module=${module}`,
    json: { fields: [{ pick_list_values: [...found.pick_list_values, ...added] }] },
    expect: [207, 400, 403],
  });
  if (changed.status === 403) return refused('no_permission', 403);
  if (changed.status >= 300 || changed.status === 207) return refused('rejected_by_crm', changed.status);
  return labels.map((key) => ({ ok: true, key }));
}
