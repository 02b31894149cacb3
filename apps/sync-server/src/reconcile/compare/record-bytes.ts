import type { ReadItem } from '../read-item.ts';

/** Length of records as JSON, which is about what it took to bring them. */
export function bytesOf(read: readonly ReadItem[]): number {
  return read.reduce((sum, one) => sum + (one.is === 'item' ? JSON.stringify(one.item.data).length : 0), 0);
}
