import { mkdirSync } from 'node:fs';
import { inFolder } from '../folder.ts';
import type { Bench } from '../workload.ts';
import type { ReconcilePlace } from './place.ts';
import type { ProductDatabase } from './product-database.ts';

/** Runs one side of a round on a copy of the database, with an empty folder. */
export function inCopy<T>(
  { folder }: Bench,
  { database, name }: { readonly database: ProductDatabase; readonly name: string },
  work: (place: Omit<ReconcilePlace, 'docs'>) => Promise<T>,
): Promise<T> {
  mkdirSync(folder, { recursive: true });
  return inFolder(folder, async (path) => {
    const url = await database.copy(name);
    try {
      return await work({ folder: path, url });
    } finally {
      await database.drop(name);
    }
  });
}
