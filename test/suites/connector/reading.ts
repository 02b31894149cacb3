import { expect, test } from 'vitest';
import { type ConnectorSubject, createContext, drain, getOne, namesOf, samples, scanAll } from './place.ts';

const PAGE_SIZES = [1, 2, 3, 7, 100];

/** What `get`, `changes` and `scan` must do. */
export function readingTests(subject: ConnectorSubject): void {
  test('claims the traits that are checked here', async () => {
    await using place = await subject.open(10);
    expect(place.stream.traits).toEqual(subject.traits);
    await place.connector.check(createContext());
  });

  test('get answers with the records that exist and with no other', async () => {
    await using place = await subject.open(2);
    const keys = await place.other.insert(samples('a', 5));
    const absent = ['999999', 'no such key', '', '0', "'; drop", '[1]', 'ключ', '1e400'];
    const found = await place.stream.get([...keys, ...absent], createContext());
    expect([...found.keys()].sort()).toEqual([...keys].sort());
    for (const [key, item] of found) expect(item.key).toBe(key);
    expect(found.get(keys[3] ?? '')?.data).toMatchObject({ name: 'a4', quantity: 3 });
  });

  test.each(PAGE_SIZES)('changes bring every record when all share one stamp, in pages of %i', async (pageSize) => {
    await using place = await subject.open(pageSize);
    await place.other.insert(samples('a', 12));
    const { items, cursor } = await drain(place.stream, null);
    expect(namesOf(items)).toEqual(namesOf(samples('a', 12).map((data) => ({ data: { ...data } }))));
    await place.other.insert(samples('b', 5));
    expect(namesOf((await drain(place.stream, cursor)).items)).toEqual(
      expect.arrayContaining(['b1', 'b2', 'b3', 'b4', 'b5']),
    );
  });

  test.each(PAGE_SIZES)('changes go on from the cursor of each page, in pages of %i', async (pageSize) => {
    await using place = await subject.open(pageSize);
    await place.other.insert(samples('a', 9));
    const { items, cursor } = await drain(place.stream, null, { onePageEach: true });
    expect(namesOf(items)).toHaveLength(9);
    if (subject.traits.order === 'commit') expect(items).toHaveLength(9);
    const [key] = await place.other.insert(samples('b', 3));
    await place.other.rename(String(key), 'renamed');
    const later = await drain(place.stream, cursor, { onePageEach: true });
    expect(namesOf(later.items)).toEqual(expect.arrayContaining(['b2', 'b3', 'renamed']));
  });

  test('changes bring what is committed between two pages', async () => {
    await using place = await subject.open(2);
    const keys = await place.other.insert(samples('a', 6));
    const seen: string[] = [];
    let cursor = null as Parameters<typeof drain>[1];
    for await (const page of place.stream.changes?.(null, createContext()) ?? []) {
      if (seen.length === 0) {
        await place.other.rename(String(keys[0]), 'again');
        await place.other.insert(samples('b', 2));
      }
      seen.push(...namesOf(page.changes.flatMap((change) => (change.op === 'put' ? [change] : []))));
      cursor = page.cursor;
    }
    const { items } = await drain(place.stream, cursor);
    expect([...seen, ...namesOf(items)]).toEqual(
      expect.arrayContaining(['a2', 'a3', 'a4', 'a5', 'a6', 'again', 'b1', 'b2']),
    );
  });

  const lateTest = subject.transactions ? test : () => {};
  lateTest('a transaction that commits late is not skipped', async () => {
    await using place = await subject.open(3);
    if (!place.other.insertLate) throw new Error('The other side must be able to hold a transaction open.');
    await place.other.insert(samples('a', 2));
    const first = await drain(place.stream, null);
    const late = await place.other.insertLate({ name: 'late', quantity: 1 });
    await place.other.insert(samples('b', 4));
    const while_ = await drain(place.stream, first.cursor);
    expect(namesOf(while_.items)).not.toContain('late');
    await late.commit();
    const after = await drain(place.stream, while_.cursor);
    expect(namesOf([...while_.items, ...after.items])).toEqual(
      expect.arrayContaining(['b1', 'b2', 'b3', 'b4', 'late']),
    );
  });

  test('deletions come through the feed if it claims so, and else only get proves them', async () => {
    await using place = await subject.open(3);
    const keys = await place.other.insert(samples('a', 4));
    const { cursor } = await drain(place.stream, null);
    await place.other.remove(String(keys[1]));
    const { deleted } = await drain(place.stream, cursor);
    expect(deleted).toEqual(subject.traits.deletes === 'feed' ? expect.arrayContaining([keys[1]]) : []);
    expect([...(await place.stream.get(keys, createContext())).keys()]).toHaveLength(3);
    expect(await scanAll(place.stream, null)).toHaveLength(3);
  });

  test.each([1, 4, 100])(
    'a scan is complete, in ascending key order, and goes on after any key, in pages of %i',
    async (pageSize) => {
      await using place = await subject.open(pageSize);
      const keys = await place.other.insert(samples('a', 13));
      const scanned = (await scanAll(place.stream, null)).map(({ key }) => key);
      expect(scanned).toEqual([...keys].sort());
      for (const after of [scanned[0], scanned[6], scanned[12]]) {
        const rest = (await scanAll(place.stream, String(after))).map(({ key }) => key);
        expect(rest).toEqual(scanned.slice(scanned.indexOf(String(after)) + 1));
      }
    },
  );

  test('a scan reads records as get does', async () => {
    await using place = await subject.open(2);
    await place.other.insert(samples('a', 3));
    for (const item of await scanAll(place.stream, null)) {
      expect((await getOne(place.stream, item.key)).data).toEqual(item.data);
    }
  });
}
