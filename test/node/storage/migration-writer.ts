import { once } from 'node:events';
import { openLetters } from './migrated-letters.ts';

/** Prints "loaded", waits for a line of input, and migrates the letters of a file; then it prints "done". */
const [filename = ''] = process.argv.slice(2);
process.stdout.write('loaded\n');
await once(process.stdin, 'data');
await using _opened = await openLetters(filename, 1);
process.stdout.write('done\n');
process.stdin.destroy();
