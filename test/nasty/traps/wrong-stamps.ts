import type { ItemsTable, ServiceFields } from '../../support/rest-items.ts';

/** Records that say nothing of their last change until the next one. */
export function insertUnstamped(items: ItemsTable, records: readonly ServiceFields[]): readonly number[] {
  return stampAs(items, records, null);
}

/** Records of a clock that is ahead by years. */
export function insertFromTheFuture(items: ItemsTable, records: readonly ServiceFields[]): readonly number[] {
  return stampAs(items, records, '2099-01-01T00:00:00.000Z');
}

function stampAs(items: ItemsTable, records: readonly ServiceFields[], stamp: string | null): readonly number[] {
  const ids = items.insert(records);
  for (const id of ids) items.restamp(id, stamp);
  return ids;
}
