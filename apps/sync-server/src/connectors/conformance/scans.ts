import { unlessHas } from './applicable.ts';
import { type CheckPlan, type ConformanceCheck, checksOf } from './check.ts';
import type { ConnectorSubject } from './place.ts';
import { expectSame } from './point-reads.ts';
import { getOne, scanAll } from './reads.ts';
import { samples } from './writes.ts';

/** What `scan` must do. */
export function scanChecks(subject: ConnectorSubject): readonly ConformanceCheck[] {
  const notApplicable = unlessHas(subject, 'scan');
  const plans = [...[1, 4, 100].map(completePlan), afterDeletedPlan, samePlan];
  return checksOf(
    subject,
    'scan',
    plans.map((plan) => ({ ...plan, notApplicable })),
  );
}

const remedy = 'Page by key: each page begins behind the last key, in the order of JavaScript texts.';

function completePlan(pageSize: number): CheckPlan {
  return {
    name: `a scan is complete, in ascending key order, and goes on after any key, in pages of ${pageSize}`,
    claim: 'a scan brings every record in ascending key order, from behind any key',
    remedy,
    pageSize,
    run: async ({ stream, other }) => {
      const keys = await other.insert(samples('a', 13));
      const scanned = (await scanAll(stream, null)).map(({ key }) => key);
      expectSame(scanned, [...keys].sort(), 'keys');
      for (const after of [scanned[0], scanned[6], scanned[12]]) {
        const rest = (await scanAll(stream, String(after))).map(({ key }) => key);
        expectSame(rest, scanned.slice(scanned.indexOf(String(after)) + 1), `keys behind ${after}`);
      }
    },
  };
}

const afterDeletedPlan: CheckPlan = {
  name: 'a scan goes on after a key that was deleted meanwhile',
  claim: 'a scan goes on behind a key, whether its record is still there or not',
  remedy: 'Compare keys; do not look for the record of the key, and do not count.',
  pageSize: 2,
  run: async ({ stream, other }) => {
    const keys = (await other.insert(samples('a', 7))).sort();
    await other.remove(String(keys[3]));
    const rest = (await scanAll(stream, String(keys[3]))).map(({ key }) => key);
    expectSame(rest, keys.slice(4), 'keys behind the deleted one');
  },
};

const samePlan: CheckPlan = {
  name: 'a scan reads records as get does',
  claim: 'a record is the same in scan and get',
  remedy: 'Make items of scan and get by the same function.',
  pageSize: 2,
  run: async ({ stream, other }) => {
    await other.insert(samples('a', 3));
    for (const item of await scanAll(stream, null)) {
      expectSame(item.data, (await getOne(stream, item.key)).data, `record ${item.key} of the scan`);
    }
  },
};
