import { z } from 'zod';
import type { FieldOutcome } from '../kit/fields.ts';
import { read } from '../kit/read.ts';
import type { HubSpotClient } from './client.ts';
import { paths } from './version.ts';

/** As it is answered, whole: an update takes the list's place, so everything that stands there goes back. */
const propertySchema = z.looseObject({
  options: z
    .array(z.looseObject({ label: z.string(), value: z.string(), displayOrder: z.number().nullish() }))
    .nullish()
    .transform((options) => options ?? []),
  modificationMetadata: z.looseObject({ readOnlyOptions: z.boolean().nullish() }).nullish(),
});

/** Adds choices at the end of a property's list; the label is the value as well (BEHAVIOR.md, "Choices"). */
export async function createOptions(
  client: HubSpotClient,
  field: string,
  labels: readonly string[],
): Promise<readonly FieldOutcome[]> {
  const path = `${paths.properties}/${encodeURIComponent(field)}`;
  const refused = (reason: 'no_permission' | 'rejected_by_crm', status: number): readonly FieldOutcome[] =>
    labels.map((key) => ({ ok: false, key, fault: { reason, field, params: { status } } }));
  const present = read(
    propertySchema,
    (await client.http.send({ method: 'GET', path })).body,
    `HubSpot property ${field}`,
  );
  if (present.modificationMetadata?.readOnlyOptions === true) return refused('no_permission', 403);
  const last = Math.max(-1, ...present.options.map((option) => option.displayOrder ?? -1));
  const added = labels.map((label, index) => ({
    label,
    value: label,
    displayOrder: last + 1 + index,
    hidden: false,
  }));
  const answer = await client.http.send({
    method: 'PATCH',
    path,
    json: { options: [...present.options, ...added] },
    expect: [400, 403],
  });
  if (answer.status === 403) return refused('no_permission', 403);
  if (answer.status >= 300) return refused('rejected_by_crm', answer.status);
  return labels.map((key) => ({ ok: true, key }));
}
