import { type Found, findAnything } from '../../engine/find-anything.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { type App, register } from '../register.ts';

const query = (values: Readonly<Record<string, string>>): string => new URLSearchParams(values).toString();

function pageOf(found: Found): { readonly path: string; readonly label: string } {
  switch (found.kind) {
    case 'contact':
      return { path: `/contacts/${found.id}`, label: found.label };
    case 'run':
      return {
        path: `/crm?${query({ tab: 'history', connection: found.connection, run: found.id })}`,
        label: found.connection,
      };
    case 'record':
      // The list says who is in a CRM and could not come in, with the reason.
      return { path: `/contacts?${query({ q: found.search })}`, label: found.search };
    case 'search':
      return { path: `/contacts?${query({ q: found.search })}`, label: found.search };
  }
}

/** *Paste anything*: goes to the page of what was pasted. */
export function addFindRoutes(app: App, deps: ApiDeps): void {
  register(app, deps, routes.find, async ({ query: { q }, caller }) => {
    const found = await findAnything(deps.engine, q, { runs: caller.scopes.includes('sync:read') });
    return { kind: found.kind, ...pageOf(found) };
  });
}
