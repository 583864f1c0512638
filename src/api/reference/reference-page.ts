import { html } from 'hono/html';
import { EXAMPLES } from '../contract/examples.ts';
import { type Locale, type MessageKey, say } from '../messages/say.ts';
import type { Html } from '../public/page.ts';
import { curlText } from './example-text.ts';
import { type JsonSchema, remark, schemaText } from './schema-text.ts';

/** As much of the OpenAPI document as the page shows. */
export interface OpenApi {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}
interface Content {
  readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly 'x-access': string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: JsonSchema;
  }[];
  readonly requestBody?: Content;
  readonly responses: { readonly 200: Content };
}
interface Entry {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

type Say = (key: MessageKey, params?: Readonly<Record<string, string | number>>) => string;

/** `/contacts/{id}` belongs to `contacts`. */
const groupOf = (path: string): string => path.replace('/api/v1/', '').split('/')[0] ?? '';

/** The reference: every route of the document, with what it takes, what it answers, who may, and a call to copy. No script. */
export function referencePage(document: OpenApi, locale: Locale): Html {
  const t: Say = (key, params) => say(locale, key, params);
  const entries = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const groups = [...Map.groupBy(entries, (entry) => groupOf(entry.path))].sort(([a], [b]) => (a < b ? -1 : 1));
  return html`<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${t('reference.title')}</title>
<link rel="stylesheet" href="/api/docs/style.css">
</head>
<body>
<nav aria-label="${t('reference.contents')}">
<a href="#top"><strong>Tandem</strong> ${document.info.version}</a>
<ul>${groups.map(([name, list]) => html`<li><a href="#${name}">/${name}</a> <small>${list.length}</small></li>`)}</ul>
</nav>
<main id="top">
<h1>${t('reference.title')}</h1>
<p>${t('reference.intro')}</p>
<ul>
<li>${t('reference.key')} <code>Authorization: Bearer tdm_…</code></li>
<li>${t('reference.errors')}</li>
<li>${t('reference.lists')}</li>
<li>${t('reference.again')}</li>
<li><a href="/api/openapi.json">openapi.json</a></li>
</ul>
${groups.map(([name, list]) => html`<section><h2 id="${name}">/${name}</h2>${list.map((entry) => article(entry, t))}</section>`)}
</main>
</body>
</html>`;
}

function article({ method, path, operation }: Entry, t: Say): Html {
  const { parameters, requestBody, responses } = operation;
  const [[type, answer] = ['application/json', { schema: {} }]] = Object.entries(responses[200].content);
  const body = requestBody?.content['application/json'];
  const examples = EXAMPLES.filter((one) => one.route === operation.operationId);
  return html`<article id="${operation.operationId}">
<h3><span class="method ${method.toLowerCase()}">${method}</span> <code>${path.replace('/api/v1', '')}</code></h3>
<p>${operation.summary}</p>
<p class="who">${whoMay(operation['x-access'], t)}</p>
${parameters.length === 0 ? '' : parameterTable(parameters, t)}
${body === undefined ? '' : html`<h4>${t('reference.body')}</h4><pre><code>${schemaText(body.schema)}</code></pre>`}
<details><summary>${t('reference.answer')}${type === 'application/json' ? '' : html` <small>${type}</small>`}</summary><pre><code>${schemaText(answer.schema)}</code></pre></details>
${examples.map((one) => html`<h4>${t('reference.example')}</h4><pre class="example"><code>${curlText(one)}</code></pre>`)}
</article>`;
}

const whoMay = (access: string, t: Say): Html =>
  access === 'anybody'
    ? html`${t('reference.anybody')}`
    : access === 'signed-in'
      ? html`${t('reference.signedIn')}`
      : html`${t('reference.right')} <code>${access}</code>`;

const parameterTable = (parameters: Operation['parameters'], t: Say): Html =>
  html`<h4>${t('reference.parameters')}</h4><div class="wide"><table><tbody>${parameters.map(
    (one) =>
      html`<tr><td><code>${one.name}</code>${one.required ? '' : html` <small>${t('reference.optional')}</small>`}</td><td><small>${one.in}</small></td><td><code>${schemaText(one.schema)}</code> <small>${remark(one.schema)}</small></td></tr>`,
  )}</tbody></table></div>`;
