import type { z } from 'zod';
import type { routes } from '../../../src/api/contract/routes.ts';
import { foldLabel } from '../../../src/core/labels.ts';
import type { Connection } from './queries.ts';

export type OwnerAnswer = z.output<typeof routes.owners.response>;
export type Owner = OwnerAnswer['items'][number];
export type OwnerSettings = Connection['owners'];

/** One value of the map's field, as it stands in the draft. */
export interface OwnerRow {
  readonly value: string;
  /** null: nobody has it today. */
  readonly contacts: number | null;
  /** Address that the map names; null: the map says nothing of it. */
  readonly said: string | null;
  /** Whoever has it without the map: the value is an address of theirs. */
  readonly byAddress: Owner | null;
}

const sameAddress = (a: string | null, b: string): boolean => a?.trim().toLowerCase() === b.trim().toLowerCase();

/** Whom an address names: an active user first. */
export const ownerOf = (owners: readonly Owner[], email: string): Owner | undefined =>
  owners.find((one) => one.active && sameAddress(one.email, email)) ??
  owners.find((one) => sameAddress(one.email, email));

/** The values of the field and those that only the map knows, each with whom it leads to. */
export function ownerRows(
  map: OwnerSettings['map'],
  values: OwnerAnswer['values'],
  owners: readonly Owner[],
): readonly OwnerRow[] {
  const entries = Object.entries(map);
  const active = owners.filter((one) => one.active);
  const rows = values.map(({ value, contacts }): OwnerRow => {
    const entry = entries.find(([key]) => foldLabel(key) === foldLabel(value));
    return { value, contacts, said: entry?.[1] ?? null, byAddress: ownerOf(active, value) ?? null };
  });
  const others = entries
    .filter(([key]) => !rows.some((row) => foldLabel(row.value) === foldLabel(key)))
    .map(([value, said]): OwnerRow => ({ value, contacts: null, said, byAddress: null }));
  return [...others, ...rows];
}

/** Leads to nobody in particular: the fallback has it, or the CRM decides. */
export const isOpen = (row: OwnerRow, owners: readonly Owner[]): boolean =>
  row.said === null ? row.byAddress === null : ownerOf(owners, row.said)?.active !== true;

/** The map with this value going to that address; null: the map says nothing of it any more. */
export function withOwner(map: OwnerSettings['map'], value: string, email: string | null): OwnerSettings['map'] {
  const rest = Object.fromEntries(Object.entries(map).filter(([key]) => foldLabel(key) !== foldLabel(value)));
  return email === null ? rest : { ...rest, [value]: email };
}
