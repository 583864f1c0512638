import type { Example } from '../contract/examples.ts';
import { routes } from '../contract/routes.ts';

/** An example as a request: the same one that the page shows and the test makes. */
export interface ExampleRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string | null;
}

/** @param known what earlier examples gave, by name; a name that is not known stays as it is. */
export function exampleRequest(example: Example, known: Readonly<Record<string, string>> = {}): ExampleRequest {
  const route = routes[example.route];
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = example.params?.[name] ?? `{${name}}`;
    return value.startsWith('$') ? (known[value.slice(1)] ?? value) : value;
  });
  const query = new URLSearchParams(example.query).toString();
  return {
    method: route.method,
    path: `/api/v1${path}${query === '' ? '' : `?${query}`}`,
    body: example.body === undefined ? null : JSON.stringify(example.body),
  };
}

/** As a command line to copy; `$TANDEM` and `$KEY` are the reader's. */
export function curlText(example: Example): string {
  const { method, path, body } = exampleRequest(example);
  const lines = [
    `curl ${method === 'GET' ? '' : `-X ${method} `}"$TANDEM${path}"`,
    '-H "Authorization: Bearer $KEY"',
    ...(body === null ? [] : ['-H "content-type: application/json"', `-d '${body}'`]),
  ];
  return lines.join(' \\\n  ');
}
