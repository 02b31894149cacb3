import { describe, test } from 'vitest';
import { hostileInputTests } from './search/hostile-input.ts';
import { liveTests } from './search/live.ts';
import { naiveScanTests } from './search/naive-scan.ts';
import { type ReplicaUnderTest, searchPlace } from './search/place.ts';
import { queryTests } from './search/queries.ts';
import { rebuildTests } from './search/rebuild.ts';
import type { Check } from './search/test-case.ts';

export type { ReplicaUnderTest } from './search/place.ts';

const PARTS = [queryTests, liveTests, naiveScanTests, hostileInputTests, rebuildTests];

/** What search promises, whatever engine a replica has for it. */
export function searchSuite(name: string, replica: ReplicaUnderTest): void {
  const check: Check = (title, run, timeoutMs) => {
    const body = async () => {
      await using place = searchPlace(replica);
      await run(place);
    };
    test(title, body, timeoutMs);
  };
  describe(name, () => {
    for (const part of PARTS) part(check);
  });
}
