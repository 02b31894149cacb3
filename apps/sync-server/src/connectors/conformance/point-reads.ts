import { isDeepStrictEqual } from 'node:util';
import { unlessAble } from './applicable.ts';
import { type ConformanceCheck, checksOf, expectThat } from './check.ts';
import { createContext } from './context.ts';
import type { ConnectorSubject } from './place.ts';
import { drain, getOne, scanAll } from './reads.ts';
import { samples } from './writes.ts';

/** What `get` must do: it alone proves that a record is gone. */
export function pointReadChecks(subject: ConnectorSubject): readonly ConformanceCheck[] {
  const remedy =
    'Answer get from the system itself, with exactly the keys that exist, as text; throw where that is not known.';
  return checksOf(subject, 'get', [
    {
      name: 'get answers with the records that exist and with no other',
      claim: 'a key that is absent from the answer of get does not exist, and no other is',
      remedy,
      pageSize: 2,
      run: async ({ stream, other }) => {
        const keys = await other.insert(samples('a', 5));
        const found = await stream.get([...keys, ...ABSENT], createContext());
        expectSame([...found.keys()].sort(), [...keys].sort(), 'keys');
        for (const [key, item] of found) expectSame(item.key, key, 'key of the item');
        const { data } = await getOne(stream, keys[3] ?? '');
        expectSame([data.name, data.quantity], ['a4', 3], 'fields');
      },
    },
    {
      name: 'get takes many keys at once, some of them twice',
      claim: 'get answers any number of keys',
      remedy: 'Split the keys into as many requests as the system needs; a key may be asked for twice.',
      run: async ({ stream, other }) => {
        const keys = await other.insert(samples('a', 130));
        const found = await stream.get([...keys, ...keys.slice(0, 3)], createContext());
        expectSame(found.size, keys.length, 'number of records');
      },
    },
    {
      name: 'get of no keys answers with no records',
      claim: 'get of no keys is an empty answer',
      remedy: 'Return an empty map for no keys: some systems answer an empty list of keys with all records.',
      run: async ({ stream, other }) => {
        await other.insert(samples('a', 2));
        expectSame((await stream.get([], createContext())).size, 0, 'number of records');
      },
    },
    {
      name: 'keys with odd characters name one record each',
      claim: 'a key that the system has, whatever its characters, reads and writes its own record',
      remedy: 'Escape keys on their way into paths, queries and statements; never split, trim or case-fold them.',
      notApplicable: unlessAble(subject.choosesKeys, 'choose keys (choosesKeys and insertAs)'),
      run: async ({ stream, other }) => {
        const keys: string[] = [];
        for (const [at, key] of ODD_KEYS.entries()) {
          if (await other.insertAs?.(key, { name: `n${at}`, quantity: at })) keys.push(key);
        }
        expectThat(keys.length > 0, 'insertAs refused every key');
        const found = await stream.get(keys, createContext());
        for (const key of keys) expectSame(found.get(key)?.data.name, `n${ODD_KEYS.indexOf(key)}`, `name of ${key}`);
        if (stream.changes) {
          const { items } = await drain(stream, null);
          expectSame([...new Set(items.map(({ key }) => key))].sort(), [...keys].sort(), 'keys of changes');
        }
        if (stream.scan) {
          const scanned = (await scanAll(stream, null)).map(({ key }) => key);
          expectSame([...scanned].sort(), [...keys].sort(), 'keys of the scan');
        }
        for (const key of stream.push ? keys : []) {
          const write = { id: `w${key}`, op: 'update', key, patch: { name: 'changed' } } as const;
          const [outcome] = (await stream.push?.([write], createContext())) ?? [];
          expectSame(outcome?.is, 'applied', `outcome of an update of ${JSON.stringify(key)}`);
          expectSame((await getOne(stream, key)).data.name, 'changed', `name of ${JSON.stringify(key)}`);
        }
      },
    },
  ]);
}

/** Throws unless two values are equal. */
export function expectSame(seen: unknown, wanted: unknown, what: string): void {
  expectThat(
    isDeepStrictEqual(seen, wanted),
    () => `${what}: ${JSON.stringify(seen)} instead of ${JSON.stringify(wanted)}`,
  );
}

const ABSENT = ['999999', 'no such key', '', '0', "'; drop", '[1]', 'ключ', '1e400'];

/** What keys may hold, and what is usually broken by it. */
export const ODD_KEYS = [
  'a b',
  'a/b',
  'a,b',
  'a+b',
  '%2F',
  'ключ',
  "o'neil",
  'A',
  'a',
  '01',
  '1',
  '?x=1&y',
  '"q"',
  'a\\b',
];
