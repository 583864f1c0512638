#!/usr/bin/env node
// `node bin/launch.js FILE.ts …`: runs one of our scripts with a Node.js that is new enough.
import { resolve } from 'node:path';
import { runNode } from './node.js';

const [file, ...rest] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('usage: node bin/launch.js FILE.ts [arguments]\n');
  process.exit(2);
}
process.exit(await runNode([resolve(file), ...rest]));
