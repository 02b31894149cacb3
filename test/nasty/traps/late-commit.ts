import type { ItemsTable, ServiceFields } from '../../support/rest-items.ts';

/** A transaction over there: its record carries the time at which it was made, and is seen only once it is committed. */
export function openTransaction(items: ItemsTable, record: ServiceFields): { commit(): number } {
  const stamp = new Date().toISOString();
  return {
    commit() {
      const [id = 0] = items.insert([record]);
      items.restamp(id, stamp);
      return id;
    },
  };
}
