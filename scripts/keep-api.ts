/** `npm run keep-api`: with each release, keeps the API's document; refuses one that does not only grow. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { openApiDocument } from '../src/api/openapi.ts';
import { type ApiDocument, breaches } from '../test/support/api-growth.ts';

const path = new URL('../docs/api/openapi-v1.json', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const document = JSON.parse(JSON.stringify(openApiDocument(version))) as ApiDocument;
const broken = existsSync(path) ? breaches(JSON.parse(readFileSync(path, 'utf8')) as ApiDocument, document) : [];
if (broken.length > 0) {
  process.stderr.write(
    `The API has not only grown, so its document is not kept:\n${broken.map((one) => `  ${one}\n`).join('')}`,
  );
  process.exit(1);
}
mkdirSync(new URL('.', path), { recursive: true });
// A line a path, so that a release's changes can be read.
const { paths, ...head } = document;
const lines = Object.entries(paths).map(([name, one]) => `${JSON.stringify(name)}: ${JSON.stringify(one)}`);
writeFileSync(path, `${JSON.stringify(head).slice(0, -1)},"paths":{\n${lines.join(',\n')}\n}}\n`);
process.stdout.write(
  `docs/api/openapi-v1.json holds ${Object.keys(document.paths).length} paths of version ${version}.\n`,
);
process.stdout.write('The typed client is made from it: npm run build-client\n');
