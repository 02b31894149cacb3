import { describe, test } from 'vitest';
import { compactionTests } from './store/compaction.ts';
import { creditTests } from './store/credits.ts';
import { feedTests } from './store/feed.ts';
import { historyTests } from './store/history.ts';
import { keptTests } from './store/kept.ts';
import { lifecycleTests } from './store/lifecycle.ts';
import { linkedTests } from './store/linked.ts';
import { linkTests } from './store/links.ts';
import { noticeTests } from './store/notices.ts';
import { orderTests } from './store/order.ts';
import { outboxTests } from './store/outbox.ts';
import { outboxRaceTests } from './store/outbox-races.ts';
import type { StoreUnderTest } from './store/place.ts';
import { recordTests } from './store/records.ts';
import { streamTests } from './store/streams.ts';
import type { Check } from './store/test-case.ts';
import { writeTests } from './store/writes.ts';

export type { StoreUnderTest } from './store/place.ts';

const PARTS = [
  orderTests,
  feedTests,
  writeTests,
  recordTests,
  historyTests,
  creditTests,
  outboxTests,
  outboxRaceTests,
  linkTests,
  linkedTests,
  keptTests,
  streamTests,
  noticeTests,
  compactionTests,
  lifecycleTests,
];

/** What every store of the sync server promises, run against one. */
export function storeSuite(name: string, underTest: StoreUnderTest): void {
  const check: Check = (title, run) => {
    test(title, async () => {
      await using place = await underTest.createPlace();
      await run(place);
    });
  };
  describe(name, () => {
    for (const part of PARTS) part(check);
  });
}
