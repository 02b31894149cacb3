import type { RxCollection } from 'rxdb';

/** Documents that are removed in one go. The storage writes as many in one transaction. */
const PORTION = 1_000;

/**
 * Lets `bulkRemove` of a collection, and `remove` of its queries, take thousands of documents portion by portion: RxDB copies
 * all of them twice before it writes the first, and the page would stand still. As before, what is stored when a write fails
 * stays removed.
 */
export function removeInPortions(collection: RxCollection): void {
  const removeAll = collection.bulkRemove.bind(collection) as (part: readonly unknown[]) => Removed;
  const inPortions = async (given: readonly unknown[]): Removed => {
    if (given.length <= PORTION) return removeAll(given);
    const each = [...new Set(given)];
    const all: Awaited<Removed> = { success: [], error: [] };
    for (let start = 0; start < each.length; start += PORTION) {
      const { success, error } = await removeAll(each.slice(start, start + PORTION));
      all.success.push(...success);
      all.error.push(...error);
    }
    return all;
  };
  collection.bulkRemove = inPortions as RxCollection['bulkRemove'];
}

type Removed = ReturnType<RxCollection['bulkRemove']>;
