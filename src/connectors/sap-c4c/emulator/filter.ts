import type { C4cState, SetName, StoredEntity } from './state.ts';

/** What the service says to a query that it does not take; a 400. */
export class BadFilter extends Error {}

type Test = (row: StoredEntity) => boolean;
/** An expression, with the properties that it names: `or` joins values of one only. */
interface Expression {
  readonly test: Test;
  readonly names: readonly string[];
}

const TOKEN =
  /\s*(?:(\()|(\))|(and|or)\b|(startswith|endswith)\((\w+),'((?:[^']|'')*)'\)|(\w+) (eq|ne|ge|gt|lt|le) (?:(?:datetimeoffset)?'((?:[^']|'')*)'|(true|false)|(-?[\d.]+)))\s*/y;

/** `and` of anything, `or` of comparisons of one property, brackets. @throws BadFilter */
export function parseFilter(filter: string, set: SetName, state: C4cState): Test {
  if (filter.trim() === '') return () => true;
  const tokens = tokensOf(filter);
  let at = 0;
  const comparisonAt = (match: RegExpExecArray): Expression => {
    const [, , , , fn, fnName, fnText, name, op = '', quoted, truth, number] = match;
    const property = fnName ?? name ?? '';
    const known = state.properties[set].get(property);
    if (known === undefined) throw new BadFilter(`Property '${property}' not found`);
    if (known.attributes.includes('sap:filterable="false"'))
      throw new BadFilter(`Property '${property}' is not filterable`);
    const test =
      fn === undefined
        ? comparison(state, set, { property, op, raw: truth ?? number ?? unquoted(quoted) })
        : ending(state, set, { property, fn, raw: unquoted(fnText) });
    return { test, names: [property] };
  };
  const term = (): Expression => {
    const match = tokens[at];
    at += 1;
    if (match?.[1] !== undefined) {
      const inner = expression();
      if (tokens[at]?.[2] === undefined) throw new BadFilter('Invalid filter expression: bracket');
      at += 1;
      return inner;
    }
    if (match === undefined || (match[4] ?? match[7]) === undefined) throw new BadFilter('Invalid filter expression');
    return comparisonAt(match);
  };
  const expression = (): Expression => {
    const terms = [term()];
    const joints = new Set<string>();
    for (let joint = tokens[at]?.[3]; joint !== undefined; joint = tokens[at]?.[3]) {
      at += 1;
      joints.add(joint);
      terms.push(term());
    }
    const names = terms.flatMap((one) => one.names);
    const tests = terms.map((one) => one.test);
    if (joints.has('or') && (new Set(names).size > 1 || joints.has('and')))
      throw new BadFilter('Logical OR works for one property only');
    return {
      names,
      test: joints.has('or') ? (row) => tests.some((test) => test(row)) : (row) => tests.every((test) => test(row)),
    };
  };
  const { test } = expression();
  if (at !== tokens.length) throw new BadFilter('Invalid filter expression');
  return test;
}

function tokensOf(filter: string): readonly RegExpExecArray[] {
  const tokens: RegExpExecArray[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < filter.length) {
    const match = TOKEN.exec(filter);
    if (match === null) throw new BadFilter('Invalid filter expression');
    tokens.push(match);
  }
  return tokens;
}

const unquoted = (text: string | undefined): string => (text ?? '').replaceAll("''", "'");
const literal = (text: string): string => text.replace(/[^\w]/g, '\\$&');

/** How a row compares: stamps as numbers with their hidden digits, all else as text whose capitals do not count. */
export function comparable(state: C4cState, set: SetName, property: string): (row: StoredEntity) => number | string {
  if (property === 'EntityLastChangedOn') return (row) => row.changedAt + row.ticks / 10_000;
  if (property === 'ObjectID') return (row) => row.ObjectID.toLowerCase();
  return (row) => String(state.valueOf(set, row, property) ?? '').toLowerCase();
}

interface Asked {
  readonly property: string;
  readonly op: string;
  readonly raw: string;
}

function comparison(state: C4cState, set: SetName, { property, op, raw }: Asked): Test {
  const isStamp = property === 'EntityLastChangedOn';
  const wanted: number | string = isStamp ? Date.parse(raw) : raw.toLowerCase();
  const of = comparable(state, set, property);
  const wildcard =
    !isStamp && op === 'eq' && raw.includes('*')
      ? new RegExp(`^${raw.toLowerCase().split('*').map(literal).join('.*')}$`)
      : null;
  return (row) => {
    const value = of(row);
    switch (op) {
      case 'eq':
        return wildcard === null ? value === wanted : wildcard.test(String(value));
      case 'ne':
        return value !== wanted;
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

function ending(
  state: C4cState,
  set: SetName,
  { property, fn, raw }: { readonly property: string; readonly fn: string; readonly raw: string },
): Test {
  const of = comparable(state, set, property);
  const wanted = raw.toLowerCase();
  return (row) => (fn === 'startswith' ? String(of(row)).startsWith(wanted) : String(of(row)).endsWith(wanted));
}
