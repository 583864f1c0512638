import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NotFound } from '../../core/invalid-input.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import type { Locale } from '../messages/say.ts';
import { type App, register } from '../register.ts';

/** The line that leads to the other language: the screen has a switch for that. */
const OTHER_LANGUAGE = /^\*\[[^\]]*\]\([\w.-]+\.md\)\*\n/m;

/** The guide of each CRM, as it stands in `docs/crm`; what it says is shown beside that CRM's tab. */
export function addGuideRoutes(app: App, deps: ApiDeps): void {
  register(app, deps, routes.crmGuide, async ({ params, locale }) => {
    // Only names of connectors lead to a file.
    const crm = deps.engine.manifests.get(params['id'] ?? '')?.id;
    if (crm === undefined) throw new NotFound(`CRM "${params['id'] ?? ''}"`);
    return readGuide(deps.docsDir, crm, locale);
  });
}

async function readGuide(docsDir: string, crm: string, locale: Locale) {
  const file = (ending: string): string => join(docsDir, 'crm', `${crm}${ending}`);
  const markdown = await readFile(file(locale === 'fr' ? '.fr.md' : '.md'), 'utf8');
  return { crm, locale, markdown: markdown.replace(OTHER_LANGUAGE, '') };
}
