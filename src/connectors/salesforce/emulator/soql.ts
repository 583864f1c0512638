/** The part of SOQL that clients of contacts use: SELECT … FROM … WHERE … ORDER BY … LIMIT … OFFSET. */
export interface Soql {
  readonly fields: readonly string[];
  readonly isCount: boolean;
  readonly object: string;
  readonly where: Condition | null;
  readonly orderBy: readonly { readonly field: string; readonly descending: boolean }[];
  readonly limit: number | null;
  readonly offset: number;
}

export type Literal = string | number | boolean | null;
export type Condition =
  | { readonly kind: 'and'; readonly parts: readonly Condition[] }
  | { readonly kind: 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | {
      readonly kind: 'compare';
      readonly field: string;
      readonly op: string;
      readonly value: Literal | readonly Literal[];
    };

/** The query cannot be read: MALFORMED_QUERY. */
export class MalformedQuery extends Error {}

const TOKEN =
  /\s*(?:'((?:[^'\\]|\\.)*)'|(\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:?\d{2}))?)|(-?\d+(?:\.\d+)?)|([A-Za-z_][\w.]*)|(<=|>=|!=|<>|[=<>(),]))/y;

type Token = { readonly type: 'text' | 'date' | 'number' | 'word' | 'sign'; readonly value: string };

function tokens(text: string): Token[] {
  const result: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new MalformedQuery(`unexpected token at ${at}`);
    const [, quoted, date, number, word, sign] = match;
    if (quoted !== undefined)
      result.push({ type: 'text', value: quoted.replace(/\\n/g, '\n').replace(/\\r/g, '\r').replace(/\\(.)/g, '$1') });
    else if (date !== undefined) result.push({ type: 'date', value: date });
    else if (number !== undefined) result.push({ type: 'number', value: number });
    else if (word !== undefined) result.push({ type: 'word', value: word });
    else result.push({ type: 'sign', value: sign ?? '' });
  }
  return result;
}

export function parseSoql(text: string): Soql {
  const list = tokens(text);
  let at = 0;
  const peek = (): Token | undefined => list[at];
  const isWord = (word: string): boolean => peek()?.type === 'word' && peek()?.value.toUpperCase() === word;
  const next = (): Token => {
    const token = list[at];
    if (token === undefined) throw new MalformedQuery('unexpected end of query');
    at += 1;
    return token;
  };
  const accept = (word: string): boolean => {
    const found = isWord(word) || (peek()?.type === 'sign' && peek()?.value === word);
    if (found) at += 1;
    return found;
  };
  const expect = (word: string): void => {
    if (!accept(word)) throw new MalformedQuery(`expecting ${word}, found ${peek()?.value ?? 'end'}`);
  };
  const literal = (): Literal => {
    const token = next();
    if (token.type === 'number') return Number(token.value);
    if (token.type === 'word')
      return token.value.toLowerCase() === 'null' ? null : token.value.toLowerCase() === 'true';
    return token.value;
  };
  const primary = (): Condition => {
    if (accept('(')) {
      const inner = either();
      expect(')');
      return inner;
    }
    if (accept('NOT')) return { kind: 'not', part: primary() };
    const field = next().value;
    if (accept('NOT')) {
      expect('IN');
      return { kind: 'not', part: { kind: 'compare', field, op: 'IN', value: values() } };
    }
    if (accept('IN')) return { kind: 'compare', field, op: 'IN', value: values() };
    if (accept('LIKE')) return { kind: 'compare', field, op: 'LIKE', value: literal() };
    return { kind: 'compare', field, op: next().value, value: literal() };
  };
  const values = (): Literal[] => {
    expect('(');
    const found = [literal()];
    while (accept(',')) found.push(literal());
    expect(')');
    return found;
  };
  const both = (): Condition => {
    const parts = [primary()];
    while (accept('AND')) parts.push(primary());
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'and', parts };
  };
  const either = (): Condition => {
    const parts = [both()];
    while (accept('OR')) parts.push(both());
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'or', parts };
  };

  expect('SELECT');
  const fields: string[] = [];
  let isCount = false;
  do {
    const name = next().value;
    if (name.toUpperCase() === 'COUNT' && accept('(')) {
      isCount = true;
      if (!accept(')')) {
        next();
        expect(')');
      }
    } else fields.push(name);
  } while (accept(','));
  expect('FROM');
  const object = next().value;
  const where = accept('WHERE') ? either() : null;
  const orderBy: { field: string; descending: boolean }[] = [];
  if (accept('ORDER')) {
    expect('BY');
    do {
      const field = next().value;
      const descending = accept('DESC');
      if (!descending) accept('ASC');
      if (accept('NULLS')) next();
      orderBy.push({ field, descending });
    } while (accept(','));
  }
  const limit = accept('LIMIT') ? Number(next().value) : null;
  const offset = accept('OFFSET') ? Number(next().value) : 0;
  if (peek() !== undefined) throw new MalformedQuery(`unexpected token: ${peek()?.value ?? ''}`);
  return { fields, isCount, object, where, orderBy, limit, offset };
}

const fold = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

/** Compared as Salesforce does: text without case, times as instants. */
export function matches(condition: Condition, valueOf: (field: string) => unknown): boolean {
  if (condition.kind === 'and') return condition.parts.every((part) => matches(part, valueOf));
  if (condition.kind === 'or') return condition.parts.some((part) => matches(part, valueOf));
  if (condition.kind === 'not') return !matches(condition.part, valueOf);
  return matchesField(condition, valueOf);
}

function matchesField(
  condition: Extract<Condition, { kind: 'compare' }>,
  valueOf: (field: string) => unknown,
): boolean {
  const held = valueOf(condition.field);
  const { value, op } = condition;
  if (Array.isArray(value)) return foldedSet(value).has(fold(held));
  if (op === 'LIKE')
    return (
      typeof held === 'string' &&
      new RegExp(
        `^${String(value)
          .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
          .replace(/%/g, '.*')
          .replace(/_/g, '.')}$`,
        'is',
      ).test(held)
    );
  if (op === '=') return compare(held, value as Literal) === 0;
  if (op === '!=' || op === '<>') return compare(held, value as Literal) !== 0;
  if (held === null || held === undefined) return false;
  const order = compare(held, value as Literal);
  return op === '<' ? order < 0 : op === '<=' ? order <= 0 : op === '>' ? order > 0 : order >= 0;
}

const sets = new WeakMap<readonly Literal[], ReadonlySet<unknown>>();
/** A list of hundreds is looked up for each of thousands of rows. */
function foldedSet(values: readonly Literal[]): ReadonlySet<unknown> {
  const known = sets.get(values) ?? new Set(values.map(fold));
  sets.set(values, known);
  return known;
}

const TIME = /^\d{4}-\d{2}-\d{2}T/;

function compare(held: unknown, value: Literal): number {
  if (held === null || held === undefined || value === null) return (held ?? null) === value ? 0 : -2;
  if (typeof held === 'number' && typeof value === 'number') return held - value;
  const [a, b] = [String(held), String(value)];
  if (TIME.test(a) && TIME.test(b)) return instant(a) - instant(b);
  // Ids are compared as they stand, everything else without case.
  if (/^00[13Q5]/.test(a)) return a < b ? -1 : a > b ? 1 : 0;
  const [x, y] = [a.toLowerCase(), b.toLowerCase()];
  return x < y ? -1 : x > y ? 1 : 0;
}

const instants = new Map<string, number>();
function instant(text: string): number {
  const known = instants.get(text);
  if (known !== undefined) return known;
  const parsed = Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  if (instants.size > 100_000) instants.clear();
  instants.set(text, parsed);
  return parsed;
}
