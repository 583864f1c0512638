import type { Found, Key, RemoteRecord } from '../kit/connector.ts';
import { foundByKeys } from '../kit/found.ts';
import { EMAIL, type EntityName, PRIVATE_EMAIL } from './entities.ts';

export interface FindOptions {
  readonly entities: readonly EntityName[];
  /** The property that leads back to us in this set; null: it has none. */
  readonly linkBack: (entity: EntityName) => string | null;
  readonly among: (entity: EntityName, property: string, values: readonly string[]) => Promise<readonly RemoteRecord[]>;
}

/** `or` joins values of one property only, so each property is a search of its own; many values a call. */
export async function findByKeys(keys: readonly Key[], options: FindOptions): Promise<readonly Found[]> {
  // Whether "equal" looks at capitals is not documented: both spellings are asked for.
  const emails = keys.flatMap((key) => ('email' in key ? [key.email, key.email.toLowerCase()] : []));
  const links = keys.flatMap((key) => ('linkBack' in key ? [key.linkBack] : []));
  const records: RemoteRecord[] = [];
  for (const entity of options.entities) {
    records.push(...(await options.among(entity, EMAIL[entity], emails)));
    if (entity === 'Lead') records.push(...(await options.among(entity, PRIVATE_EMAIL, emails)));
    const back = options.linkBack(entity);
    if (back !== null) records.push(...(await options.among(entity, back, links)));
  }
  // `*` in a value is a wildcard here, so answers are compared again.
  return foundByKeys(keys, records, () => false);
}
