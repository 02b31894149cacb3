import { createSqliteStore } from '../../../apps/sync-server/src/store/sqlite/store.ts';
import { SUITE_OPTIONS } from '../../suites/store/place.ts';

/**
 * A process of its own that writes documents of so many characters to the file it is given, eight at a time, and prints
 * the number of each once it is acknowledged, until it is killed or a write fails; then it prints the error.
 */
const [filename = '', prefix = '', size = '0'] = process.argv.slice(2);
const body = JSON.stringify({ text: 'x'.repeat(Number(size)) });

try {
  const store = createSqliteStore({ ...SUITE_OPTIONS, filename });
  let next = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (;;) {
        const id = `${prefix}${next++}`;
        const write = { datastore: 'product', id, body, schemaVersion: 0, author: prefix, base: null, from: null };
        const { documents } = await store.write({ scope: 'main' }, () => ({ documents: [write], result: null }));
        process.stdout.write(`${JSON.stringify({ id, seq: documents[0]?.seq })}\n`);
      }
    }),
  );
} catch (error) {
  const { code, message } = error as Error & { code?: string };
  process.stdout.write(`${JSON.stringify({ code, message })}\n`);
  process.exit(1);
}
