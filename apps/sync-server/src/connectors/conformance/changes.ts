import type { JsonValue } from '@datastores/core/schema';
import type { Item } from '../connector.ts';
import { unlessAble, unlessChanges } from './applicable.ts';
import { type CheckPlan, type ConformanceCheck, checksOf, expectThat } from './check.ts';
import { createContext } from './context.ts';
import type { ConnectorSubject } from './place.ts';
import { drain, expectNames, namesOf, putsOf } from './reads.ts';
import { samples } from './writes.ts';

/** What `changes` must bring, whatever the size of its pages. */
export function changeChecks(subject: ConnectorSubject): readonly ConformanceCheck[] {
  const notApplicable = unlessChanges(subject);
  const plans = [
    ...PAGE_SIZES.flatMap((pageSize) => [tiesPlan(pageSize), resumePlan(subject, pageSize)]),
    betweenPagesPlan,
    latePlan(subject),
    quietPlan(subject),
  ];
  return checksOf(
    subject,
    'order',
    plans.map((plan) => ({ ...plan, notApplicable: notApplicable ?? plan.notApplicable })),
  );
}

const PAGE_SIZES = [1, 2, 3, 7, 100];

function tiesPlan(pageSize: number): CheckPlan {
  return {
    name: `changes bring every record when all share one stamp, in pages of ${pageSize}`,
    claim: 'changes bring every record that changed since the cursor, also where many share one time stamp',
    remedy: 'Go on by stamp and key together, or read all of one stamp before the cursor leaves it.',
    pageSize,
    run: async ({ stream, other }) => {
      await other.insert(samples('a', 12));
      const { items, cursor } = await drain(stream, null);
      expectNames(items, NAMES_A(12));
      await other.insert(samples('b', 5));
      expectNames((await drain(stream, cursor)).items, ['b1', 'b2', 'b3', 'b4', 'b5']);
    },
  };
}

function resumePlan(subject: ConnectorSubject, pageSize: number): CheckPlan {
  return {
    name: `changes go on from the cursor of each page, in pages of ${pageSize}`,
    claim: 'a reading can go on from the cursor of any page, without loss',
    remedy: 'Put into the cursor of a page everything that is needed to go on behind its last record.',
    pageSize,
    run: async ({ stream, other }) => {
      await other.insert(samples('a', 9));
      const { items, cursor } = await drain(stream, null, { onePageEach: true });
      expectNames(items, NAMES_A(9));
      if (subject.traits.order === 'commit') {
        expectThat(items.length === 9, `9 records came ${items.length} times with order commit`);
      }
      const [key] = await other.insert(samples('b', 3));
      await other.rename(String(key), 'renamed');
      const later = await drain(stream, cursor, { onePageEach: true });
      expectNames(later.items, ['b2', 'b3', 'renamed']);
    },
  };
}

const betweenPagesPlan: CheckPlan = {
  name: 'changes bring what is committed between two pages',
  claim: 'a change that comes while pages are read is in a later page or behind the last cursor',
  remedy: 'Do not let the cursor pass what was written after the reading began, and do not page by offset.',
  pageSize: 2,
  run: async ({ stream, other }) => {
    const keys = await other.insert(samples('a', 6));
    const seen: Item[] = [];
    let cursor: JsonValue = null;
    for await (const page of stream.changes?.(null, createContext()) ?? []) {
      if (seen.length === 0) {
        await other.rename(String(keys[0]), 'again');
        await other.insert(samples('b', 2));
      }
      seen.push(...putsOf(page));
      cursor = page.cursor;
    }
    const { items } = await drain(stream, cursor);
    expectNames([...seen, ...items], ['a2', 'a3', 'a4', 'a5', 'a6', 'again', 'b1', 'b2']);
  },
};

function latePlan(subject: ConnectorSubject): CheckPlan {
  const { order, overlapMs } = subject.traits;
  return {
    name: 'a transaction that commits late is not skipped',
    claim:
      order === 'commit'
        ? 'order is commit: the cursor never passes a transaction that is still open'
        : `order is time: each reading goes back ${overlapMs} ms, so that a late commit is found`,
    remedy:
      'Hold the cursor before the oldest open transaction; or claim order time, and read overlapMs again each time.',
    pageSize: 3,
    notApplicable: unlessAble(subject.transactions, 'hold a transaction open (transactions and insertLate)'),
    run: async ({ stream, other }) => {
      expectThat(other.insertLate !== undefined, 'the place has no insertLate although transactions is true');
      await other.insert(samples('a', 2));
      const first = await drain(stream, null);
      const late = await other.insertLate({ name: 'late', quantity: 1 });
      await other.insert(samples('b', 4));
      const meanwhile = await drain(stream, first.cursor);
      const early = namesOf(meanwhile.items).includes('late');
      expectThat(!early, 'a record was read before its transaction was committed');
      await late.commit();
      const after = await drain(stream, meanwhile.cursor);
      expectNames([...meanwhile.items, ...after.items], ['b1', 'b2', 'b3', 'b4', 'late']);
    },
  };
}

function quietPlan({ traits }: ConnectorSubject): CheckPlan {
  return {
    name: 'changes of a quiet system are none',
    claim: 'behind the last cursor there is nothing until something changes',
    remedy: 'Read from behind the cursor, not from its record on.',
    notApplicable: traits.order === 'time' ? 'order is time: the overlap is read again' : null,
    run: async ({ stream, other }) => {
      await other.insert(samples('a', 4));
      const { cursor } = await drain(stream, null);
      const { items, deleted } = await drain(stream, cursor);
      expectThat(items.length + deleted.length === 0, `${items.length + deleted.length} changes came again`);
    },
  };
}

const NAMES_A = (count: number) => samples('a', count).map(({ name }) => name);
