#!/usr/bin/env node
// `npm run demo`: the same, with emulated CRMs and sample people beside it.
import { join } from 'node:path';
import { buildWhenStale } from './build-web.js';
import { root, runNode } from './node.js';

await buildWhenStale(root);
process.exit(await runNode([join(root, 'scripts', 'demo.ts'), ...process.argv.slice(2)]));
