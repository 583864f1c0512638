#!/usr/bin/env node
// `npm start`: builds the web interface when it is missing or older than its sources, then serves.
import { join } from 'node:path';
import { buildWhenStale } from './build-web.js';
import { root, runNode } from './node.js';

await buildWhenStale(root);
process.exit(await runNode([join(root, 'src', 'cli', 'main.ts'), 'serve', ...process.argv.slice(2)]));
