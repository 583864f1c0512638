import { presentSignOn, saveSignOn } from '../api/sign-on/save.ts';
import { InvalidInput } from '../core/invalid-input.ts';
import type { Product } from './compose.ts';
import { compare } from './differences.ts';

type Section = Readonly<Record<string, unknown>>;

/** `signOn` of a settings file; null: the file does not speak of it. */
export function signOnSection(document: unknown): Section | null {
  if (typeof document !== 'object' || document === null || !('signOn' in document)) return null;
  const { signOn } = document;
  if (typeof signOn !== 'object' || signOn === null || Array.isArray(signOn))
    throw new InvalidInput([{ path: 'signOn', code: 'required', params: {} }]);
  return { ...signOn };
}

/** What differs; the secret is compared by whether one is given and none is stored. */
export async function signOnDifferences({ engine, config }: Product, wanted: Section): Promise<string[]> {
  const present = await presentSignOn({ engine, config });
  const { clientSecret, roles, ...rest } = wanted;
  const secret = clientSecret !== undefined && !present.clientSecretSet ? ['clientSecret: (none) → (given)'] : [];
  // A map is wanted as it stands in the file, not key by key: a group that was taken out loses its role.
  const sorted = (value: unknown): string =>
    JSON.stringify(Object.entries(value ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
  const map =
    roles === undefined || sorted(roles) === sorted(present.roles)
      ? []
      : [`roles: ${JSON.stringify(present.roles)} → ${JSON.stringify(roles)}`];
  return [...compare(present, rest, ''), ...map, ...secret];
}

/** Only what the file names; the same file again changes nothing. @returns what changed. */
export async function applySignOn(product: Product, wanted: Section): Promise<string[]> {
  const changes = await signOnDifferences(product, wanted);
  const { engine, config } = product;
  if (changes.length > 0) await saveSignOn({ engine, config }, wanted);
  return changes;
}

/** What `apply` reads; undefined: nothing has been set. */
export async function dumpSignOn({ engine, config }: Product): Promise<Section | undefined> {
  const { clientSecretSet, redirectUri: _, ...settings } = await presentSignOn({ engine, config });
  if (settings.issuer === '') return undefined;
  const { clientId, ...rest } = settings;
  return { clientId, ...(clientSecretSet ? { clientSecret: `\${SIGN_ON_CLIENT_SECRET}` } : {}), ...rest };
}
