import { createPostgresStore } from '../../../apps/sync-server/src/store/postgres/store.ts';
import { SUITE_OPTIONS } from '../../suites/store/place.ts';

/**
 * A server process of its own that writes documents to the store it is given, so many at a time, and prints the number of
 * each that is acknowledged. What fails is tried again, until the process is killed or has written all of its share.
 */
const [url = '', prefix = '', writers = '4', total = '0'] = process.argv.slice(2);

const store = await createPostgresStore({ ...SUITE_OPTIONS, url });
let next = 0;
await Promise.all(
  Array.from({ length: Number(writers) }, async () => {
    while (next < Number(total)) {
      const id = `${prefix}${next++}`;
      const write = { datastore: 'note', id, body: '{}', schemaVersion: 0, author: prefix, base: null, from: null };
      for (;;) {
        try {
          const { documents } = await store.write({ scope: 'main' }, () => ({ documents: [write], result: null }));
          process.stdout.write(`${id} ${documents[0]?.seq}\n`);
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
