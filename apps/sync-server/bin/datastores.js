#!/usr/bin/env node
// npm links a program only if its file is there at installation, and dist/ is made later.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  console.error('datastores is not built yet. Run: npm run build');
  process.exitCode = 1;
}
