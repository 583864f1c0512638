import { RemoteError } from '../kit/errors.ts';

/** One operation of a `$batch`: a read, or a write in a changeset of its own (BEHAVIOR.md, "Batches"). */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Under the service root, its query encoded. */
  readonly path: string;
  readonly json?: unknown;
  readonly ifMatch?: string;
}
export interface PartAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

const CRLF = '\r\n';

/** The body of a `$batch`. Each write is a changeset of its own, because a changeset is one transaction. */
export function encodeBatch(operations: readonly Operation[], boundary: string): string {
  const parts = operations.map((operation, index) => {
    // A read is followed by two empty lines.
    if (operation.method === 'GET') return [`--${boundary}`, ...head(), '', ...request(operation), '', ''];
    const inner = `${boundary}_${index}`;
    return [
      `--${boundary}`,
      `Content-Type: multipart/mixed; boundary=${inner}`,
      '',
      `--${inner}`,
      ...head(`Content-ID: ${index + 1}`),
      '',
      ...request(operation),
      `--${inner}--`,
      '',
    ];
  });
  return [...parts.flat(), `--${boundary}--`, ''].join(CRLF);
}

const head = (...more: string[]): string[] => [
  'Content-Type: application/http',
  'Content-Transfer-Encoding: binary',
  ...more,
];

function request({ method, path, json, ifMatch }: Operation): string[] {
  const body = json === undefined ? '' : JSON.stringify(json);
  const headers = ['Accept: application/json'];
  if (ifMatch !== undefined) headers.push(`If-Match: ${ifMatch}`);
  if (json !== undefined) headers.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`);
  return [`${method} ${path} HTTP/1.1`, ...headers, '', body];
}

/** The answers in the order of the operations. @throws RemoteError('unexpected') when their number is another. */
export function decodeBatch(text: string, contentType: string, expected: number): readonly PartAnswer[] {
  const answers = partsOf(text, boundaryOf(contentType)).map(answerOf);
  if (answers.length !== expected)
    throw new RemoteError('unexpected', `SAP answered ${answers.length} of ${expected} parts of a batch`);
  return answers;
}

const boundaryOf = (contentType: string): string => /boundary="?([^";\s]+)"?/i.exec(contentType)?.[1] ?? '';

/** Delimiters are whole lines: a changeset's boundary may begin with the batch's, and a value may hold either. */
function partsOf(text: string, boundary: string): string[] {
  if (boundary === '') throw new RemoteError('unexpected', 'SAP answered a batch without boundary');
  const delimiter = new RegExp(`(?:^|\\r?\\n)--${boundary.replace(/[^\w]/g, '\\$&')}(--)?[ \\t]*(?=\\r?\\n|$)`, 'g');
  const parts: string[] = [];
  let start = -1;
  for (const match of text.matchAll(delimiter)) {
    if (start >= 0) parts.push(text.slice(start, match.index).replace(/^\r?\n/, ''));
    if (match[1] !== undefined) return parts;
    start = match.index + match[0].length;
  }
  throw new RemoteError('unexpected', 'SAP answered a batch that is cut off');
}

/** A changeset answers with its parts, or with a single error part in its place. */
function answerOf(part: string): PartAnswer {
  const { headers, rest } = split(part);
  const type = headers.get('content-type') ?? '';
  if (type.startsWith('multipart/mixed')) {
    const [inner] = partsOf(rest, boundaryOf(type));
    return answerOf(inner ?? '');
  }
  const end = rest.search(/\r?\n/);
  const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(rest.slice(0, end < 0 ? rest.length : end))?.[1] ?? Number.NaN);
  if (Number.isNaN(status)) throw new RemoteError('unexpected', 'SAP answered a batch part without status');
  const inner = split(end < 0 ? '' : rest.slice(end).replace(/^\r?\n/, ''));
  return { status, headers: inner.headers, body: bodyOf(inner.rest.trim()) };
}

function split(part: string): { headers: Headers; rest: string } {
  // A part may have no headers at all: then it begins with the empty line.
  const isBare = /^\r?\n/.test(part);
  const match = isBare ? null : /\r?\n\r?\n/.exec(part);
  const lines = isBare ? '' : match === null ? part : part.slice(0, match.index);
  const rest = isBare ? part.replace(/^\r?\n/, '') : match === null ? '' : part.slice(match.index + match[0].length);
  const headers = new Headers();
  for (const line of lines.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.append(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  }
  return { headers, rest };
}

function bodyOf(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    // Some faults are XML for JSON callers, too.
    return text;
  }
}
