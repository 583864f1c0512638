import type { ModuleName } from '../client.ts';
import { OUR_USER, type StoredRow } from './state.ts';

export type Body = Record<string, unknown>;
export const ORG_ID = '12345678';
/** Stamps carry the token owner's offset, not UTC. */
const OFFSET_MS = 60 * 60_000;

export const problem = (code: string, message: string, details: Body = {}): Body => ({
  code,
  details,
  message,
  status: 'error',
});
export const stamp = (ms: number): string => new Date(ms + OFFSET_MS).toISOString().replace('.000Z', '+01:00');

export function valueOf(row: StoredRow, name: string): unknown {
  switch (name) {
    case 'id':
      return row.id;
    case 'Modified_Time':
      return stamp(row.modifiedAt);
    case 'Created_Time':
      return stamp(row.createdAt);
    case 'Modified_By':
      return { id: row.modifiedBy, name: 'U' };
    case 'Owner':
      return row.values['Owner'] ?? { id: OUR_USER, name: 'U' };
    case 'Account_Name': {
      const account = row.values[name];
      if (typeof account !== 'object' || account === null || !('id' in account && 'name' in account))
        return account ?? null;
      return { name: account.name, id: account.id };
    }
    case 'Converted__s':
      return row.convertedTo !== null;
    case 'Converted_Contact':
      return row.convertedTo === null ? null : { id: row.convertedTo, name: 'C' };
    default:
      return row.values[name] ?? null;
  }
}

export const isModule = (name: string | undefined): name is ModuleName => name === 'Leads' || name === 'Contacts';

export const present = (row: StoredRow, names: readonly string[]): Body =>
  Object.fromEntries([['id', row.id], ...names.map((name) => [name, valueOf(row, name)])]);

/** 201 or 200 when all succeeded, 207 mixed, 202 when all failed (BEHAVIOR.md, "Writes"). */
export const statusOf = (results: readonly Body[], whole: 200 | 201): 200 | 201 | 202 | 207 => {
  const failed = results.filter((result) => result['status'] === 'error').length;
  return failed === 0 ? whole : failed === results.length ? 202 : 207;
};
