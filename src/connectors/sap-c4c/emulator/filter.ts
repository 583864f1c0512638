import type { EntityName } from '../entities.ts';
import type { C4cState, StoredEntity } from './state.ts';

/** What the service says to a query that it does not take; a 400. */
export class BadFilter extends Error {}

type Test = (row: StoredEntity) => boolean;

/** `and` of comparisons, or `or` of comparisons of one property. @throws BadFilter */
export function parseFilter(filter: string, entity: EntityName, state: C4cState): Test {
  if (filter === '') return () => true;
  const tests: Test[] = [];
  const names = new Set<string>();
  const joints = new Set<string>();
  const pattern =
    /\s*(\w+) (eq|ge|gt|lt|le) (?:(datetimeoffset)?'((?:[^']|'')*)'|(true|false)|(-?[\d.]+))\s*(and|or)?/y;
  while (pattern.lastIndex < filter.length) {
    const match = pattern.exec(filter);
    if (match === null) throw new BadFilter('Invalid filter expression');
    const [, name = '', op = '', , quoted, truth, number, joint] = match;
    if (!state.properties[entity].has(name)) throw new BadFilter(`Property '${name}' not found`);
    names.add(name);
    if (joint !== undefined) joints.add(joint);
    tests.push(comparison(name, op, truth ?? number ?? (quoted ?? '').replaceAll("''", "'")));
  }
  if (joints.has('or') && (names.size > 1 || joints.has('and')))
    throw new BadFilter('Logical OR works for one property only');
  return joints.has('or') ? (row) => tests.some((test) => test(row)) : (row) => tests.every((test) => test(row));
}

function comparison(name: string, op: string, raw: string): Test {
  const isStamp = name === 'EntityLastChangedOn';
  const wanted: number | string = isStamp ? Date.parse(raw) : raw.toLowerCase();
  const wildcard =
    !isStamp && op === 'eq' && raw.includes('*')
      ? new RegExp(`^${raw.toLowerCase().split('*').map(literal).join('.*')}$`)
      : null;
  return (row) => {
    const value: number | string = isStamp
      ? row.changedAt + row.ticks / 10_000
      : String((name === 'ObjectID' ? row.ObjectID : row.values[name]) ?? '').toLowerCase();
    switch (op) {
      case 'eq':
        return wildcard === null ? value === wanted : wildcard.test(String(value));
      case 'ge':
        return value >= wanted;
      case 'gt':
        return value > wanted;
      case 'lt':
        return value < wanted;
      default:
        return value <= wanted;
    }
  };
}

const literal = (text: string): string => text.replace(/[^\w]/g, '\\$&');
