import { once } from 'node:events';
import { getRxStorageSQLite } from '@datastores/node';
import { type Item, itemSchema } from '../../suites/storage/item.ts';
import { batchesOf } from './bulk-batches.ts';

/**
 * Prints "loaded", waits for a line of input, opens the file and writes the batches of a round one after the other until it
 * is killed. It prints the number of each batch once that is acknowledged, and purges deleted documents now and then.
 */
const [filename = '', round = ''] = process.argv.slice(2);
process.stdout.write('loaded\n');
await once(process.stdin, 'data');
const instance = await getRxStorageSQLite({ filename }).createStorageInstance<Item>({
  databaseInstanceToken: round,
  databaseName: 'db',
  collectionName: 'items',
  schema: itemSchema,
  options: {},
  multiInstance: false,
  devMode: false,
});
let number = 0;
for (const { rows } of batchesOf(round)) {
  const { error } = await instance.bulkWrite(structuredClone([...rows]), 'bulk');
  if (error.length > 0) throw new Error(`batch ${number}: ${error[0]?.documentId} was refused`);
  process.stdout.write(`${number}\n`);
  number += 1;
  if (number % 5 === 0) await instance.cleanup(0);
}
