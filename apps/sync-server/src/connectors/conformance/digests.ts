import type { Item, KeyRange, RangeDigest, Stream } from '../connector.ts';
import { unlessAble } from './applicable.ts';
import { type CheckPlan, type ConformanceCheck, checksOf, expectThat } from './check.ts';
import { createContext } from './context.ts';
import type { ConnectorSubject } from './place.ts';
import { expectSame, ODD_KEYS } from './point-reads.ts';
import { drain, getOne, scanAll } from './reads.ts';
import { applied, push, samples, update } from './writes.ts';

/** What `digest` must do. */
export function digestChecks(subject: ConnectorSubject): readonly ConformanceCheck[] {
  const notApplicable = subject.digests === true ? null : 'the stream has no digest';
  const ends = 'Take from as inside and to as outside of a range, null as no end; compare keys by code point.';
  const same = 'Make the digest from the key and every field of the record, null told from empty, by one function.';
  const plans: readonly CheckPlan[] = [
    {
      name: 'a range is digested as the sum of its records, from its first key on and without its last',
      claim: 'digest counts and sums what is in each range, and nothing else',
      remedy: ends,
      run: async ({ stream, other }) => {
        const keys = (await other.insert(samples('a', 13))).sort();
        const [first, middle, last] = [keys[0], keys[5], keys[12]] as [string, string, string];
        await expectSums(stream, [
          { from: null, to: first },
          { from: first, to: middle },
          { from: middle, to: `${middle} ` },
          { from: last, to: null },
        ]);
        await expectSums(stream, [{ from: null, to: null }]);
        await expectSums(stream, [{ from: `${last}~`, to: null }]);
        expectSame(await digest(stream, []), [], 'answers for no ranges');
      },
    },
    {
      name: 'an empty stream is digested as nothing',
      claim: 'the digest of no records is zero',
      remedy: 'Answer for each range, also where there is nothing to group.',
      run: async ({ stream }) => {
        const ranges = [
          { from: null, to: 'b' },
          { from: 'b', to: null },
        ];
        expectSame(await digest(stream, ranges), [NOTHING, NOTHING], 'digests of nothing');
      },
    },
    {
      name: 'the records of small ranges are listed with the digests they are read with',
      claim: 'digest lists ranges with at most so many records as were asked for, and no other',
      remedy: 'List by the same condition as you count, in the same snapshot, ascending by code point.',
      run: async ({ stream, other }) => {
        const keys = (await other.insert(samples('a', 9))).sort();
        const [part, whole] = [keys[3] as string, null];
        const ranges = [
          { from: null, to: part },
          { from: part, to: whole },
        ];
        const [small, large] = await digest(stream, ranges, 3);
        const wanted = await itemsOf(stream, keys.slice(0, 3));
        expectSame(small?.records, wanted, 'list of a range of three');
        expectSame(large?.records, undefined, 'list of a range of six, of which three were asked for');
      },
    },
    {
      name: 'a record that changed, came or went is seen in its range and in no other',
      claim: 'ranges in which nothing happened keep their digests, and others get new ones',
      remedy: same,
      run: async ({ stream, other }) => {
        const keys = (await other.insert(samples('a', 9))).sort();
        const ranges = keys.map((key, at) => ({ from: at === 0 ? null : key, to: keys[at + 1] ?? null }));
        const seen = async () => (await digest(stream, ranges)).map((one) => `${one.count} ${one.digest}`);
        let before = await seen();
        const differing = async () => {
          const after = await seen();
          const found = after.flatMap((one, at) => (one === before[at] ? [] : [at]));
          before = after;
          return found;
        };
        await other.rename(String(keys[2]), 'renamed');
        expectSame(await differing(), [2], 'ranges that differ after a change');
        await other.move(String(keys[4]), 1);
        expectSame(await differing(), [4], 'ranges that differ after another field changed');
        await other.remove(String(keys[5]));
        expectSame(await differing(), [5], 'ranges that differ after a deletion');
        const [added] = await other.insert(samples('b', 1));
        const at = ranges.findIndex(
          ({ to }) => to === null || Buffer.compare(Buffer.from(String(added)), Buffer.from(to)) < 0,
        );
        expectSame(await differing(), [at], 'ranges that differ after an insert');
      },
    },
    {
      name: 'the same record has the same digest, however it is read, and another state has another',
      claim: 'a digest stands for key and content of a record',
      remedy: same,
      run: async ({ stream, other }) => {
        const [key, twin] = (await other.insert([SAMPLE, SAMPLE])) as [string, string];
        const read = async () => digestOf(await getOne(stream, key));
        const before = await read();
        expectThat(before !== digestOf(await getOne(stream, twin)), 'two records of one content have one digest');
        await expectSameEverywhere(stream, key, before);
        const states = [before];
        for (const name of [null, '', 'null', 'Name', 'näme']) {
          await other.rename(key, name);
          const state = await read();
          expectThat(!states.includes(state), `the name ${JSON.stringify(name)} has the digest of another`);
          states.push(state);
        }
        await other.rename(key, SAMPLE.name);
        expectSame(await read(), before, 'digest of a record that is as it was');
        if (!stream.push) return;
        const outcome = applied(await push(stream, update('w1', key, { name: 'pushed' })));
        if (outcome.item) expectSame(outcome.item.digest, await read(), 'digest that a write returns');
      },
    },
    {
      name: 'keys with odd characters are each in their own range',
      claim: 'ranges are by code point, whatever is in the keys',
      remedy: ends,
      notApplicable: unlessAble(subject.choosesKeys, 'choose keys (choosesKeys and insertAs)'),
      run: async ({ stream, other }) => {
        const keys: string[] = [];
        for (const key of ODD_KEYS) if (await other.insertAs?.(key, SAMPLE)) keys.push(key);
        keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        const ranges = keys.map((key, at) => ({ from: key, to: keys[at + 1] ?? null }));
        const answers = await digest(stream, ranges, 1);
        for (const [at, key] of keys.entries()) {
          expectSame(answers[at]?.records, await itemsOf(stream, [key]), `records of the range of ${key}`);
        }
      },
    },
  ];
  return checksOf(
    subject,
    'digest',
    plans.map((plan) => ({ ...plan, notApplicable: notApplicable ?? plan.notApplicable })),
  );
}

const SAMPLE = { name: 'name', quantity: 7 };
const NOTHING: RangeDigest = { count: 0, digest: '0000000000000000' };

/** Some digests, as many as ranges. */
async function digest(stream: Stream, ranges: readonly KeyRange[], list = 0): Promise<readonly RangeDigest[]> {
  const answers = (await stream.digest?.({ ranges, list }, createContext())) ?? [];
  expectThat(answers.length === ranges.length, `${ranges.length} ranges were answered by ${answers.length} digests`);
  return answers;
}

/** The ranges must be the sums of the records that a scan finds in them. */
async function expectSums(stream: Stream, ranges: readonly KeyRange[]): Promise<void> {
  const items = await scanAll(stream, null);
  const answers = await digest(stream, ranges);
  for (const [at, { from, to }] of ranges.entries()) {
    const inside = items.filter(({ key }) => (from === null || key >= from) && (to === null || key < to));
    const sum = inside.reduce((total, item) => BigInt.asUintN(64, total + BigInt(`0x${digestOf(item)}`)), 0n);
    const wanted = { count: inside.length, digest: sum.toString(16).padStart(16, '0') };
    expectSame(answers[at], wanted, `digest from ${JSON.stringify(from)} to ${JSON.stringify(to)}`);
  }
}

async function expectSameEverywhere(stream: Stream, key: string, digest: string): Promise<void> {
  const scanned = (await scanAll(stream, null)).find((item) => item.key === key);
  if (scanned) expectSame(digestOf(scanned), digest, 'digest in a scan');
  if (!stream.changes) return;
  const { items } = await drain(stream, null);
  const changed = items.findLast((item) => item.key === key);
  if (changed) expectSame(digestOf(changed), digest, 'digest in changes');
}

async function itemsOf(stream: Stream, keys: readonly string[]) {
  return Promise.all(keys.map(async (key) => ({ key, digest: digestOf(await getOne(stream, key)) })));
}

function digestOf({ key, digest }: Item): string {
  expectThat(/^[0-9a-f]{16}$/.test(digest ?? ''), `the record ${JSON.stringify(key)} was read with digest ${digest}`);
  return String(digest);
}
