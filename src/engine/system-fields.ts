import type { ConnectContext, Manifest, Schema } from '../connectors/kit/connector.ts';

export type SystemFields = ConnectContext['settings']['systemFields'];

/** Which of the account's fields play ours: the first candidate that exists; without a schema the first candidate. */
export function systemFieldsOf(manifest: Manifest, schema: Schema | null): SystemFields {
  const known =
    schema === null
      ? null
      : new Set(Object.values(schema.kinds).flatMap((fields) => (fields ?? []).map((field) => field.key)));
  const pick = (candidates: readonly string[]): string | null =>
    known === null ? null : (candidates.find((key) => known.has(key)) ?? null);
  const { url, score, status, source, syncFlag } = manifest.systemFields;
  return { url: pick(url), score: pick(score), status: pick(status), source: pick(source), syncFlag: pick(syncFlag) };
}
