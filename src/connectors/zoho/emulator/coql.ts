/** The part of COQL that clients of contacts use: select … from … where … order by … limit offset, rows. */
export interface Coql {
  readonly fields: readonly string[];
  readonly module: string;
  readonly where: Condition;
  readonly orderBy: readonly string[];
  readonly offset: number;
  readonly limit: number;
}
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'compare'; readonly field: string; readonly op: string; readonly values: readonly string[] };

export class BadQuery extends Error {}

const TOKEN = /\s*(?:'((?:[^']|'')*)'|([A-Za-z_][\w.]*|\d+)|(<=|>=|!=|[=<>(),]))/y;
interface Token {
  readonly quoted: boolean;
  readonly value: string;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const match = TOKEN.exec(text);
    if (match === null) throw new BadQuery('unexpected token');
    const [, quoted, word, sign] = match;
    tokens.push(
      quoted === undefined
        ? { quoted: false, value: word ?? sign ?? '' }
        : { quoted: true, value: quoted.replaceAll("''", "'") },
    );
  }
  return tokens;
}

export function parseCoql(text: string): Coql {
  const tokens = tokensOf(text);
  let at = 0;
  const isNext = (word: string): boolean => tokens[at]?.quoted === false && tokens[at]?.value.toLowerCase() === word;
  const take = (): string => {
    const token = tokens[at];
    if (token === undefined) throw new BadQuery('unexpected end');
    at += 1;
    return token.value;
  };
  const expect = (word: string): void => {
    if (!isNext(word)) throw new BadQuery(`${word} expected`);
    at += 1;
  };
  const list = (): string[] => {
    const names = [take()];
    while (isNext(',')) {
      at += 1;
      names.push(take());
    }
    return names;
  };
  const term = (): Condition => {
    if (isNext('(')) {
      at += 1;
      const inside = condition();
      expect(')');
      return inside;
    }
    const field = take();
    const op = take().toLowerCase();
    if (op !== 'in') return { kind: 'compare', field, op, values: [take()] };
    expect('(');
    const values = list();
    expect(')');
    if (values.length > 100) throw new BadQuery('at most 100 values');
    return { kind: 'compare', field, op, values };
  };
  /** Two criteria at most without brackets: three must be bracketed in pairs. */
  const condition = (): Condition => {
    const left = term();
    if (!isNext('and') && !isNext('or')) return left;
    const kind = take().toLowerCase() === 'and' ? 'and' : 'or';
    return { kind, left, right: term() };
  };
  expect('select');
  const fields = list();
  expect('from');
  const module = take();
  // `where` is mandatory.
  expect('where');
  const where = condition();
  const orderBy: string[] = [];
  if (isNext('order')) {
    at += 1;
    expect('by');
    for (;;) {
      orderBy.push(take());
      if (isNext('asc')) at += 1;
      if (!isNext(',')) break;
      at += 1;
    }
  }
  let [offset, limit] = [0, 200];
  if (isNext('limit')) {
    at += 1;
    const numbers = list().map(Number);
    [offset, limit] = numbers.length === 2 ? [numbers[0] ?? 0, numbers[1] ?? 0] : [0, numbers[0] ?? 0];
  }
  if (at < tokens.length) throw new BadQuery(`unexpected ${take()}`);
  if (fields.length > 500 || limit > 2_000) throw new BadQuery('limit exceeded');
  return { fields, module, where, orderBy, offset, limit };
}
