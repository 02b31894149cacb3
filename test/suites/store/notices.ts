import { expect } from 'vitest';
import type { NoticesRequest } from '../../../apps/sync-server/src/store/notice.ts';
import type { Store } from '../../../apps/sync-server/src/store/store.ts';
import { SCOPE } from './edits.ts';
import type { Check } from './test-case.ts';

/** Notices: the keys they name, and the ids by which a repeat is known. */
export function noticeTests(check: Check): void {
  check('the keys of notices wait once each, and survive the process', async (place) => {
    const store = await place.open();
    const notices = [notice('n1', ['K2', 'K1']), notice('n2', ['K1', 'K3']), notice(null, ['K4'], 'orders')];
    const taken = await store.takeNotices(request(notices));
    expect(taken).toEqual({ is: 'taken', streams: ['products', 'orders'], duplicates: 0 });
    await store.close();
    const again = await place.open();
    expect(await again.rechecks('erp', 'products', 10)).toEqual(['K2', 'K1', 'K3']);
    expect((await again.summary()).rechecks).toEqual([
      { system: 'erp', stream: 'orders', keys: 1 },
      { system: 'erp', stream: 'products', keys: 3 },
    ]);
  });

  check(
    'a notice that was taken before adds nothing, also after a restart; one without an id always does',
    async (place) => {
      const store = await place.open();
      await store.takeNotices(request([notice('n1', ['K1'])]));
      await drain(store);
      await store.close();
      const again = await place.open();
      expect(await again.takeNotices(request([notice('n1', ['K1'])]))).toMatchObject({ streams: [], duplicates: 1 });
      expect(await again.rechecks('erp', 'products', 10)).toEqual([]);
      // The same id of another stream or system is another notice.
      const others = [notice('n1', ['O1'], 'orders'), notice(null, ['K1'])];
      expect(await again.takeNotices(request(others))).toMatchObject({ duplicates: 0 });
      await drain(again);
      expect(await again.takeNotices(request([notice(null, ['K1'])]))).toMatchObject({ streams: ['products'] });
      expect(await again.takeNotices({ ...request([notice('n1', ['K1'])]), system: 'shop' })).toMatchObject({
        streams: ['products'],
      });
    },
  );

  check('an id is forgotten after its time, and no sooner', async (place) => {
    let now = 1_000_000;
    const store = await place.open({ clock: () => now });
    const first = request([notice('n1', ['K1'])], { keepIdsMs: 1_000 });
    await store.takeNotices(first);
    now += 999;
    expect(await store.takeNotices(first)).toMatchObject({ duplicates: 1 });
    now += 2;
    expect(await store.takeNotices(first)).toMatchObject({ duplicates: 0 });
  });

  check('a key that is named while it is being read is read again', async (place) => {
    const store = await place.open();
    await store.takeNotices(request([notice('n1', ['K1'])]));
    expect(await store.rechecks('erp', 'products', 10)).toEqual(['K1']);
    await store.takeNotices(request([notice('n2', ['K1'])]));
    const rechecked = [{ system: 'erp', stream: 'products', key: 'K1' }];
    await store.write({ scope: SCOPE }, () => ({ rechecked, result: null }));
    expect(await store.rechecks('erp', 'products', 10)).toEqual(['K1']);
  });

  check('a full queue takes nothing of a request, but still what it holds already', async (place) => {
    const store = await place.open();
    const limit = { maxWaiting: 3 };
    await store.takeNotices(request([notice('n1', ['K1', 'K2', 'K3'])], limit));
    const more = request([notice('n2', ['O1'], 'orders'), notice('n3', ['K4'])], limit);
    expect(await store.takeNotices(more)).toEqual({ is: 'full', stream: 'products', waiting: 3 });
    expect(await store.rechecks('erp', 'orders', 10)).toEqual([]);
    expect(await store.takeNotices(request([notice('n4', ['K2', 'K3'])], limit))).toMatchObject({ is: 'taken' });
    await drain(store);
    // What was refused was not remembered either.
    expect(await store.takeNotices(more)).toMatchObject({ is: 'taken', duplicates: 0 });
  });

  check('of many notices at once each is taken exactly once', async (place) => {
    const store = await place.open();
    const all = Array.from({ length: 300 }, (_, index) => request([notice(`n${index % 100}`, [`K${index % 7}`])]));
    const taken = await Promise.all(all.map((one) => store.takeNotices(one)));
    expect(taken.filter((one) => one.is === 'taken' && one.duplicates === 0)).toHaveLength(100);
    expect(await store.rechecks('erp', 'products', 10)).toHaveLength(7);
  });
}

type Notices = NoticesRequest['notices'];

function notice(id: string | null, keys: readonly string[], stream = 'products'): Notices[number] {
  return { id, stream, keys };
}

function request(notices: Notices, over: Partial<NoticesRequest> = {}): NoticesRequest {
  return { system: 'erp', notices, keepIdsMs: 60_000, maxWaiting: 100, ...over };
}

async function drain(store: Store): Promise<void> {
  const rechecked = (await store.rechecks('erp', 'products', 100)).map((key) => ({
    system: 'erp',
    stream: 'products',
    key,
  }));
  await store.write({ scope: SCOPE }, () => ({ rechecked, result: null }));
}
