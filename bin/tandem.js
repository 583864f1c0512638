#!/usr/bin/env node
// The `tandem` command. In the clone it runs the TypeScript sources; there is nothing to build for the server.
import { join } from 'node:path';
import { root, runNode } from './node.js';

process.exit(await runNode([join(root, 'src', 'cli', 'main.ts'), ...process.argv.slice(2)]));
