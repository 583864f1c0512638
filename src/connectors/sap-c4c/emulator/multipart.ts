import type { Answer } from './present.ts';

const CRLF = '\r\n';

export interface BatchedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: string;
  readonly body: string;
}

/** Runs the parts of a `$batch` in order, each changeset of one, and answers in the same order. */
export function runBatch(text: string, boundary: string, run: (request: BatchedRequest) => Answer): string {
  const parts = text.split(`--${boundary}${CRLF}`).slice(1);
  const answers = parts.map((part) => {
    const inner = /boundary=(\S+)/.exec(part)?.[1];
    const operation = inner === undefined ? part : (part.split(`--${inner}${CRLF}`)[1] ?? '');
    const answer = run(requestIn(operation));
    const http = [
      'Content-Type: application/http',
      'Content-Transfer-Encoding: binary',
      '',
      `HTTP/1.1 ${answer.status} x`,
      'Content-Type: application/json',
      ...Object.entries(answer.headers ?? {}).map(([key, value]) => `${key}: ${value}`),
      '',
      answer.body === null ? '' : JSON.stringify(answer.body),
      '',
    ].join(CRLF);
    // A failed changeset answers with a single error part; a good one's boundary begins like the batch's.
    if (inner === undefined || answer.status >= 300) return http;
    const good = 'ejjeeffe_1';
    return [`Content-Type: multipart/mixed; boundary=${good}`, '', `--${good}`, http, `--${good}--`, ''].join(CRLF);
  });
  return `${answers.map((answer) => `--ejjeeffe${CRLF}${answer}`).join(CRLF)}${CRLF}--ejjeeffe--${CRLF}`;
}

function requestIn(text: string): BatchedRequest {
  const match = /(GET|POST|PATCH) (\S+) HTTP\/1\.1\r\n([\s\S]*?)\r\n\r\n([\s\S]*)$/.exec(text);
  const [, method = '', path = '', headers = '', rest = ''] = match ?? [];
  return { method, path, headers, body: rest.split(/\r\n--/)[0] ?? '' };
}
