import { createPostgresStore } from '../../../apps/sync-server/src/store/postgres/store.ts';
import { SUITE_OPTIONS } from '../../suites/store/place.ts';

/**
 * A server process of its own that writes documents to the store it is given, so many at a time, and prints the number of
 * each that is acknowledged. What fails is tried again, until the process is killed or has written all of its share.
 */
const [url = '', prefix = '', writers = '4', total = '0', batch = '1'] = process.argv.slice(2);

const store = await createPostgresStore({ ...SUITE_OPTIONS, url });
let next = 0;
await Promise.all(
  Array.from({ length: Number(writers) }, async () => {
    while (next < Number(total)) {
      const ids = Array.from({ length: Math.min(Number(batch), Number(total) - next) }, () => `${prefix}${next++}`);
      const parts = { datastore: 'note', body: '{}', schemaVersion: 0, author: prefix, base: null, from: null };
      const writes = ids.map((id) => ({ ...parts, id }));
      for (;;) {
        try {
          const { documents } = await store.write({ scope: 'main' }, () => ({ documents: writes, result: null }));
          process.stdout.write(documents.map(({ id, seq }) => `${id} ${seq}\n`).join(''));
          break;
        } catch {
          // Stopped in the middle of it, or the server is away: the same once more.
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    }
  }),
);
await store.close();
