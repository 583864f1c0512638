import type { ConnectContext, Manifest, Schema } from '../connectors/kit/connector.ts';
import type { FieldSchema } from '../core/model.ts';

export type SystemFields = ConnectContext['settings']['systemFields'];

/** By key, or by label where the vendor makes up the keys (`Tandem URL` is `tandem_url`). */
export const isNamed = (field: Pick<FieldSchema, 'key' | 'label' | 'custom'>, name: string): boolean =>
  field.key === name || (field.custom === true && slug(field.label) === slug(name));

const slug = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_');

/** The field that a setting names, by key or label; the name itself where there is none. */
export const fieldNamed = (fields: readonly FieldSchema[] | undefined, name: string): string =>
  fields?.find((field) => isNamed(field, name))?.key ?? name;

/** Which of the account's fields play ours: the first candidate that exists; without a schema the first candidate. */
export function systemFieldsOf(manifest: Manifest, schema: Schema | null): SystemFields {
  const known = schema === null ? [] : Object.values(schema.kinds).flatMap((fields) => fields ?? []);
  const pick = (candidates: readonly string[]): string | null => {
    for (const candidate of candidates) {
      const found = known.find((field) => isNamed(field, candidate));
      if (found !== undefined) return found.key;
    }
    return null;
  };
  const { url, score, status, source, syncFlag } = manifest.systemFields;
  return { url: pick(url), score: pick(score), status: pick(status), source: pick(source), syncFlag: pick(syncFlag) };
}
