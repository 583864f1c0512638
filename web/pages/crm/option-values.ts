import type { Crm } from './queries.ts';

type Option = Pick<Crm['options'][number], 'key' | 'type' | 'default' | 'excludes'>;
/** As a box of the form holds it; an empty text is no choice. */
export type Chosen = string | boolean | string[];

/** What the form begins with: what is saved, else what the connector does by itself. */
export function chosenOf(options: readonly Option[], saved: Readonly<Record<string, unknown>>): Record<string, Chosen> {
  const values: Record<string, Chosen> = {};
  for (const { key, type, default: usual } of options) {
    const value = saved[key];
    if (type === 'boolean') values[key] = (value ?? usual) === true;
    else if (type === 'manyOf') values[key] = listOf(value ?? usual);
    // A text's default is said by its placeholder; a choice is always made.
    else values[key] = String(value ?? (type === 'oneOf' ? (usual ?? '') : ''));
  }
  return values;
}

/** What is saved of it: only what differs from the connector's own way; null takes a choice back. */
export function optionPatch(
  options: readonly Option[],
  values: Readonly<Record<string, Chosen>>,
): Record<string, unknown> {
  return Object.fromEntries(
    options.map((option) => {
      const taken = option.excludes === null ? undefined : values[option.excludes];
      const value = values[option.key];
      const chosen = Array.isArray(value) ? value.filter((one) => one !== taken) : value;
      return [option.key, chosen === '' || isUsual(option, chosen, taken) ? null : typed(option, chosen)];
    }),
  );
}

const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

const typed = ({ type }: Option, value: Chosen | undefined): unknown => (type === 'number' ? Number(value) : value);

function isUsual({ default: usual }: Option, value: Chosen | undefined, taken: Chosen | undefined): boolean {
  if (!Array.isArray(value)) return value === (usual ?? false);
  const own = listOf(usual).filter((one) => one !== taken);
  return value.length === own.length && own.every((one) => value.includes(one));
}
