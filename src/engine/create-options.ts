import type { Manifest } from '../connectors/kit/connector.ts';
import { InvalidInput } from '../core/invalid-input.ts';
import { foldLabel } from '../core/labels.ts';
import type { FieldSchema, Kind } from '../core/model.ts';
import { connect } from './connect.ts';
import { loadConnection, manifestOf } from './connection.ts';
import type { EngineDeps } from './deps.ts';
import { freshSchema } from './schema-cache.ts';

export interface OptionWish {
  readonly kind: Kind;
  /** The CRM field's key. */
  readonly field: string;
  readonly labels: readonly string[];
}
export interface OptionMade {
  readonly label: string;
  readonly ok: boolean;
  /** The CRM's id of the choice, where it is there now. */
  readonly id: string | null;
  /** Why not: a reason, and the CRM's own words where it has some. */
  readonly reason: string | null;
  readonly vendor: string | null;
}

/** Whether this connector can add a choice to this field's list. */
export const mayCreateOptions = (manifest: Manifest, field: FieldSchema): boolean =>
  field.options !== undefined &&
  (manifest.createsOptions === 'every' || (manifest.createsOptions === 'custom' && field.custom === true));

/**
 * Adds choices to a list of the CRM (R21); one that is there already under any spelling is not added again. The schema is
 * read anew, so that values which wait for the choice find it. @throws InvalidInput where it has to be done by hand.
 */
export async function createOptions(
  deps: EngineDeps,
  idOrName: string,
  wish: OptionWish,
): Promise<readonly OptionMade[]> {
  const connection = await loadConnection(deps.store.db, idOrName);
  const manifest = manifestOf(deps, connection.crm);
  const { connector } = await connect(deps, connection);
  // Somebody may have added it there a moment ago.
  const before = await freshSchema(deps, connection, connector, true);
  const field = before.kinds[wish.kind]?.find((one) => one.key === wish.field);
  if (field === undefined)
    throw new InvalidInput([{ path: 'field', code: 'unknown_field', params: { field: wish.field } }]);
  if (connector.options === undefined || !mayCreateOptions(manifest, field))
    throw new InvalidInput([
      { path: 'field', code: 'options_by_hand', params: { crm: manifest.label, field: field.label } },
    ]);
  const labels = [...new Map(wish.labels.map((label) => [foldLabel(label), label.trim()])).values()];
  const parted = field.type === 'manyOf' ? labels.find((label) => label.includes(';')) : undefined;
  if (parted !== undefined)
    throw new InvalidInput([{ path: 'labels', code: 'option_parted', params: { value: parted } }]);
  const present = (label: string): string | undefined =>
    field.options?.find((one) => one.active && foldLabel(one.label) === foldLabel(label))?.id;
  const news = labels.filter((label) => present(label) === undefined);
  const outcomes = news.length === 0 ? [] : await connector.options.create(wish.kind, field.key, news);
  if (news.length > 0) await freshSchema(deps, await loadConnection(deps.store.db, connection.id), connector, true);
  const made = new Map(news.map((label, index) => [label, outcomes[index]] as const));
  return labels.map((label) => {
    const outcome = made.get(label);
    const id = outcome === undefined ? present(label) : outcome.ok ? outcome.key : undefined;
    const fault = outcome?.ok === false ? outcome.fault : null;
    const vendor = fault?.params['vendor'];
    return {
      label,
      ok: id !== undefined,
      id: id ?? null,
      reason: fault?.reason ?? null,
      vendor: vendor === undefined ? null : String(vendor),
    };
  });
}
