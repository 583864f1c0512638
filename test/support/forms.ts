import type { openApi } from './api.ts';
import { ORIGIN } from './api.ts';

export type Api = ReturnType<typeof openApi>;
export const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

export interface MadeForm {
  readonly id: string;
  readonly key: string;
  readonly version: number;
}

/** A form as marketing makes it over the API. */
export async function makeForm(
  api: Api,
  key: string,
  input: Readonly<Record<string, unknown>> = {},
): Promise<MadeForm> {
  const response = await api.call('POST', '/api/v1/forms', { key, body: { name: 'Contact us', ...input } });
  if (response.status !== 201) throw new Error(await response.text());
  return (await response.json()) as MadeForm;
}

/** Loads the page, waits as long as a person needs, and sends it as a browser would. */
export async function submit(
  api: Api,
  form: { readonly id: string },
  values: Readonly<Record<string, string | readonly string[]>>,
  options: {
    readonly origin?: string | null;
    readonly agent?: string;
    readonly cookie?: string;
    readonly afterMs?: number;
    readonly accept?: string;
    readonly query?: string;
    readonly page?: string;
  } = {},
): Promise<Response> {
  const headers = options.cookie === undefined ? {} : { cookie: options.cookie };
  const page =
    options.page ?? (await (await api.call('GET', `/f/${form.id}${options.query ?? ''}`, { headers })).text());
  api.clock.advance(options.afterMs ?? 8_000);
  const body = new URLSearchParams();
  for (const [, name = '', value = ''] of page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g))
    body.append(name, value.replaceAll('&amp;', '&'));
  for (const [name, value] of Object.entries(values)) {
    body.delete(name);
    for (const one of typeof value === 'string' ? [value] : value) body.append(name, one);
  }
  const origin = options.origin === undefined ? ORIGIN : options.origin;
  return api.call('POST', `/f/${form.id}`, {
    body: body.toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': options.agent ?? FIREFOX,
      accept: options.accept ?? 'application/json',
      ...(origin === null ? {} : { origin }),
      ...headers,
    },
  });
}
