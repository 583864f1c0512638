import type { ApiDeps } from '../deps.ts';
import { localeOf } from '../messages/say.ts';
import { openApiDocument } from '../openapi.ts';
import { sendPage } from '../public/page.ts';
import type { App } from '../register.ts';
import { type OpenApi, referencePage } from './reference-page.ts';
import { REFERENCE_STYLE } from './reference-style.ts';

/** `/api/openapi.json`, and the same to read at `/api/docs`: for anybody, since it says nothing of anybody. */
export function addReference(app: App, deps: ApiDeps): void {
  app.get('/api/openapi.json', (c) => {
    c.set('template', 'GET /api/openapi.json');
    return c.json(openApiDocument(deps.version));
  });
  app.get('/api/docs', (c) => {
    c.set('template', 'GET /api/docs');
    // `openapi.ts` makes it in this very shape.
    const document = openApiDocument(deps.version) as OpenApi;
    return sendPage(c, referencePage(document, localeOf(c.req.header('accept-language'))));
  });
  app.get('/api/docs/style.css', (c) => {
    c.set('template', 'GET /api/docs/style.css');
    return c.body(REFERENCE_STYLE, 200, { 'content-type': 'text/css', 'cache-control': 'no-cache' });
  });
}
