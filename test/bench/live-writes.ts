import type { JsonDocument } from '@datastores/core/schema';
import type { RxCollection } from 'rxdb';
import { KINDS } from './documents/kinds.ts';
import { RANGE_ROWS, type Reads, randomNames } from './documents/queries.ts';
import { createRandom } from './documents/random.ts';

/** Pause before each write, so that what the write before it left to do is not charged to this one. */
const PAUSE_MS = 2;

/** The share of writes that only warms up and is not counted. */
const WARM_UP = 0.1;

/**
 * Changes documents inside the result of a live query of 50 documents in the order of an index, one at a time, and
 * returns how long it took each time from the call of the write until the observer had the change, in milliseconds.
 */
export async function liveWrites(collection: RxCollection<JsonDocument>, reads: Reads): Promise<readonly number[]> {
  const { changed } = KINDS.product;
  const name = String(randomNames({ ...reads, count: 1 })[0]);
  const random = createRandom(reads.seed);
  const measured: number[] = [];
  let seen: (id: string, value: unknown) => void = () => {};
  let ids: readonly string[] = [];
  const query = collection.find({ selector: { name: { $gte: name } }, sort: [{ name: 'asc' }], limit: RANGE_ROWS });
  const subscription = query.$.subscribe((documents) => {
    ids = documents.map(({ id }) => id);
    for (const document of documents) seen(document.id, document.get(changed));
  });
  await query.exec();
  for (let number = 0; number < reads.count; number += 1) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    const id = random.pick(ids);
    // A value of its own, whatever earlier rounds have written.
    const value = reads.seed * 1_000_000 + number;
    const document = await collection.findOne(id).exec(true);
    const observed = new Promise<number>((resolve) => {
      seen = (seenId, seenValue) => {
        if (seenId === id && seenValue === value) resolve(performance.now());
      };
    });
    const begun = performance.now();
    const written = document.patch({ [changed]: value });
    measured.push((await observed) - begun);
    await written;
  }
  subscription.unsubscribe();
  return measured.slice(Math.floor(reads.count * WARM_UP));
}
