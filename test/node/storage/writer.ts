import { once } from 'node:events';
import { getRxStorageSQLite } from '@datastores/node';
import { type Item, insert, item, itemSchema, next, write } from '../../suites/storage/item.ts';

/**
 * Prints "ready", waits for a line of input, then writes items to a file until `amount` are stored, or until the process is killed, and prints the id of each item when its
 * write has resolved. Every item is then written again, so that updates are among what a kill interrupts.
 */
export async function writeItems(filename: string, prefix: string, amount: string): Promise<void> {
  const instance = await getRxStorageSQLite({ filename, busyTimeoutMs: 60_000 }).createStorageInstance<Item>({
    databaseInstanceToken: prefix,
    databaseName: 'db',
    collectionName: 'items',
    schema: itemSchema,
    options: {},
    multiInstance: false,
    devMode: false,
  });
  process.stdout.write('ready\n');
  await once(process.stdin, 'data');
  process.stdin.destroy();
  for (let at = 0; at < Number(amount); at++) {
    const first = item(`${prefix}${at}`, { age: 1, note: 'x'.repeat(2_000) });
    await insert(instance, [first]);
    await write(instance, [{ previous: first, document: next(first, { age: 2 }) }]);
    process.stdout.write(`${first.id}\n`);
  }
  await instance.close();
}
