import { describe, test } from 'vitest';
import { attachmentTests } from './storage/attachments.ts';
import { changesTests } from './storage/changes.ts';
import { lifecycleTests } from './storage/lifecycle.ts';
import { migrationTests } from './storage/migration.ts';
import { namesTests } from './storage/names.ts';
import { openPlace, type StorageUnderTest } from './storage/place.ts';
import { queryTests } from './storage/queries.ts';
import type { Check } from './storage/test-case.ts';
import { writeTests } from './storage/writes.ts';

export type { StorageUnderTest } from './storage/place.ts';

const PARTS = [writeTests, changesTests, queryTests, lifecycleTests, namesTests, attachmentTests, migrationTests];

/**
 * What every RxStorage promises, run against one storage. A declared deviation must really fail, so that a list of
 * deviations cannot outlive their reasons; one that names no test is an error.
 */
export function storageSuite(name: string, storage: StorageUnderTest): void {
  const unused = new Set(Object.keys(storage.deviations));
  const check: Check = (title, run) => {
    unused.delete(title);
    const reason = storage.deviations[title];
    const body = async () => {
      await using place = await openPlace(storage);
      await run(place);
    };
    if (reason === undefined) test(title, body);
    else test.fails(`${title} — deviates: ${reason}`, body);
  };
  describe(name, () => {
    for (const part of PARTS) part(check);
    if (unused.size > 0) throw new Error(`Deviations that name no test: ${[...unused].join('; ')}`);
  });
}
