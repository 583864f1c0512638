import type { Answer } from './present.ts';

const CRLF = '\r\n';
/** As the vendor's guide shows them ("$batch"). */
const OUTER = 'ejjeeffe0';
const INNER = 'ejjeeffe1';
export const BATCH_TYPE = `multipart/mixed; boundary=${OUTER}`;

export interface BatchedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: string;
  readonly body: string;
}

/** Runs one changeset: all of its operations or none; the answer of the one that failed stands for it. */
export type RunChangeset = (requests: readonly BatchedRequest[]) => readonly Answer[] | Answer;

/** Runs the parts of a `$batch` in order, reads and changesets, and answers in the same order. */
export function runBatch(
  text: string,
  boundary: string,
  run: { readonly read: (request: BatchedRequest) => Answer; readonly changeset: RunChangeset },
): string {
  const answers = partsOf(text, boundary).map((part) => {
    const inner = /^Content-Type:\s*multipart\/mixed;\s*boundary=(\S+)/im.exec(part)?.[1];
    if (inner === undefined) return http(run.read(requestIn(part)));
    const done = run.changeset(partsOf(part, inner).map(requestIn));
    // A failed changeset answers with a single error part.
    if ('status' in done) return http(done);
    const good = [...done.map((answer) => `--${INNER}${CRLF}${http(answer)}`), `--${INNER}--`, ''].join(CRLF);
    const head = [`Content-Type: multipart/mixed; boundary=${INNER}`, `Content-Length: ${Buffer.byteLength(good)}`];
    return [...head, '', good].join(CRLF);
  });
  return `${answers.map((answer) => `--${OUTER}${CRLF}${answer}`).join(CRLF)}${CRLF}--${OUTER}--${CRLF}`;
}

/** Between whole delimiter lines; clients differ in the blank lines around them. */
function partsOf(text: string, boundary: string): string[] {
  const [before = ''] = text.split(`--${boundary}--`);
  return before.split(`--${boundary}${CRLF}`).slice(1);
}

function http(answer: Answer): string {
  const body = answer.body === null ? '' : JSON.stringify(answer.body);
  const inner = [
    `HTTP/1.1 ${answer.status} ${WORDS[answer.status] ?? 'Error'}`,
    `Content-Type: ${answer.body === null ? 'text/html' : 'application/json'}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(answer.headers ?? {}).map(([key, value]) => `${key}: ${value}`),
    'dataserviceversion: 2.0',
    '',
    body,
    '',
  ].join(CRLF);
  return [
    'Content-Type: application/http',
    `Content-Length: ${Buffer.byteLength(inner)}`,
    'Content-Transfer-Encoding: binary',
    '',
    inner,
  ].join(CRLF);
}

const WORDS: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 204: 'No Content' };

function requestIn(text: string): BatchedRequest {
  const match = /(GET|POST|PATCH|MERGE|PUT|DELETE) (\S+) HTTP\/1\.1\r\n([\s\S]*?)\r\n\r\n([\s\S]*)$/.exec(text);
  const [, method = '', path = '', headers = '', rest = ''] = match ?? [];
  return { method, path, headers, body: rest.trim() };
}
