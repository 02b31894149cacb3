import { customers, inventory, scheduled } from '@datastores/core';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { settled, startService, writeThere } from '../../support/sync.ts';
import { openTabs } from '../../support/tabs.ts';

const DATASTORES = [customers, inventory] as const;
const NEVER = scheduled('0 0 1 1 *');
const BY_HAND = { customer: NEVER, inventory: NEVER };
const ana = { id: 'c1', name: 'Ana', status: 'active' as const, phone: '1' };
const stock = { id: 's1', productId: 'p1', location: 'here', onHand: 100 };

type Server = Awaited<ReturnType<typeof startService>>;
type Tabs = Awaited<ReturnType<typeof openTabs<typeof DATASTORES>>>;

async function serve() {
  const server = await startService(DATASTORES);
  await writeThere(server.store, customers, [ana]);
  await writeThere(server.store, inventory, [stock]);
  return server;
}

async function there(server: Server, datastore: 'customer' | 'inventory', id: string) {
  const stored = await server.store.document('main', { datastore, id });
  return stored === null || stored.deleted ? null : JSON.parse(stored.body);
}

function edit({ stores }: Tabs['first'], change: Readonly<Record<string, string>>) {
  return stores.customer.findOne('c1').incrementalPatch(change);
}

function sell({ stores }: Tabs['first']) {
  return stores.inventory.findOne('s1').incrementalModify((state) => ({ ...state, onHand: state.onHand - 1 }));
}

/** Waits until nothing is unpushed in either tab and both show what the server has. */
async function agree(server: Server, { first, second }: Tabs, label = ''): Promise<void> {
  const unpushed = async () => {
    await first.stores.syncNow();
    return Promise.all([first, second].map(({ stores }) => firstValueFrom(stores.unpushed$)));
  };
  // News of one tab takes a moment to reach the other; the pull after it brings what others have changed.
  await expect.poll(unpushed, { message: `${label} unpushed`, timeout: 5_000 }).toEqual([0, 0]);
  await first.stores.syncNow();
  for (const tab of [first, second]) {
    expect(await here(tab, 'customer', 'c1'), label).toEqual(await there(server, 'customer', 'c1'));
    expect(await here(tab, 'inventory', 's1'), label).toEqual(await there(server, 'inventory', 's1'));
  }
}

/** What is stored, whatever a query of the tab shows until the news of the other tab has reached it. */
async function here({ stores }: Tabs['first'], datastore: 'customer' | 'inventory', id: string) {
  const [stored] = await stores[datastore].storageInstance.findDocumentsById([id], false);
  if (stored === undefined) return null;
  const { _attachments, _deleted, _meta, _rev, ...content } = stored;
  return content;
}

test('an edit of the tab that does not replicate is pushed by the one that does, and both count it as unpushed till then', async () => {
  await using server = await serve();
  await using tabs = await openTabs(server.service, { datastores: DATASTORES });
  await settled(tabs.first.stores);
  tabs.first.line.up = false;
  await expect.poll(async () => (await tabs.second.stores.customer.findOne('c1').exec())?.phone).toBe('1');
  await edit(tabs.second, { phone: '2' });
  for (const { stores } of [tabs.first, tabs.second]) {
    await expect.poll(() => firstValueFrom(stores.unpushed$)).toBe(1);
  }
  tabs.first.line.up = true;
  await tabs.first.stores.syncNow();
  await expect.poll(async () => (await there(server, 'customer', 'c1')).phone).toBe('2');
  await edit(tabs.second, { phone: '3' });
  await expect.poll(async () => (await there(server, 'customer', 'c1')).phone).toBe('3');
  await agree(server, tabs);
  expect(tabs.second.line.requests).toEqual({ pull: 0, push: 0, digest: 0 });
});

/** Pushes and pulls with changes on both sides; returns how often each tab wrote. `at` is called before each write. */
async function exchangeWith(
  server: Server,
  tabs: Tabs,
  at: (tab: 'first' | 'second', write: number) => Promise<unknown>,
) {
  const count = { first: 0, second: 0 };
  for (const tab of ['first', 'second'] as const) {
    tabs[tab].hooked.before = async () => {
      count[tab] += 1;
      await at(tab, count[tab]);
    };
  }
  await edit(tabs.second, { email: 'second@x.example' });
  await sell(tabs.second);
  await writeThere(server.store, customers, [{ ...(await there(server, 'customer', 'c1')), name: 'Ana of the ERP' }]);
  await tabs.first.stores.syncNow();
  await edit(tabs.first, { phone: 'first' });
  await sell(tabs.first);
  await tabs.first.stores.syncNow();
  for (const tab of ['first', 'second'] as const) tabs[tab].hooked.before = () => undefined;
  return count;
}

async function started(server: Server) {
  const tabs = await openTabs(server.service, { datastores: DATASTORES, strategies: BY_HAND });
  await tabs.first.stores.syncNow();
  await expect.poll(async () => (await tabs.second.stores.inventory.findOne('s1').exec())?.onHand).toBe(100);
  await expect.poll(async () => (await tabs.second.stores.customer.findOne('c1').exec())?.phone).toBe('1');
  return tabs;
}

const EVERYTHING = { ...ana, name: 'Ana of the ERP', email: 'second@x.example', phone: 'first' };

async function countWrites() {
  await using server = await serve();
  await using tabs = await started(server);
  const count = await exchangeWith(server, tabs, async () => undefined);
  await agree(server, tabs);
  expect(await there(server, 'customer', 'c1')).toEqual(EVERYTHING);
  expect((await there(server, 'inventory', 's1')).onHand).toBe(98);
  return count;
}

test('an edit of the other tab between any two writes of the replicating tab is kept', async () => {
  const { first } = await countWrites();
  expect(first).toBeGreaterThan(15);
  for (let write = 1; write <= first; write += 1) {
    await using server = await serve();
    await using tabs = await started(server);
    let done = false;
    await exchangeWith(server, tabs, async (tab, number) => {
      if (tab !== 'first' || number !== write) return;
      done = true;
      await edit(tabs.second, { notes: `at ${write}` });
      await sell(tabs.second);
    });
    expect(done, `write ${write}`).toBe(true);
    await agree(server, tabs, `write ${write}`);
    expect(await there(server, 'customer', 'c1'), `write ${write}`).toEqual({ ...EVERYTHING, notes: `at ${write}` });
    expect((await there(server, 'inventory', 's1')).onHand, `write ${write}`).toBe(97);
    expect(await firstValueFrom(tabs.first.stores.rejected$), `write ${write}`).toEqual([]);
  }
}, 120_000);

test('a whole exchange between any two writes of the other tab, with an edit of the same documents, keeps both edits', async () => {
  const { second } = await countWrites();
  expect(second).toBeGreaterThan(3);
  for (let write = 1; write <= second; write += 1) {
    await using server = await serve();
    await using tabs = await started(server);
    let done = false;
    await exchangeWith(server, tabs, async (tab, number) => {
      if (tab !== 'second' || number !== write) return;
      done = true;
      await edit(tabs.first, { notes: `at ${write}` });
      await sell(tabs.first);
      await tabs.first.stores.syncNow();
    });
    expect(done, `write ${write}`).toBe(true);
    await agree(server, tabs, `write ${write}`);
    expect(await there(server, 'customer', 'c1'), `write ${write}`).toEqual({ ...EVERYTHING, notes: `at ${write}` });
    expect((await there(server, 'inventory', 's1')).onHand, `write ${write}`).toBe(97);
  }
}, 120_000);

test('a tab that is frozen between the journal and the document does not lose its edit when the entry was dropped', async () => {
  await using server = await serve();
  await using tabs = await started(server);
  let thaw = () => {};
  const frozen = new Promise<void>((resolve) => {
    thaw = resolve;
  });
  let waiting = false;
  tabs.second.hooked.before = async ({ collection }) => {
    if (collection !== 'customer' || waiting) return;
    waiting = true;
    await frozen;
  };
  const edited = edit(tabs.second, { phone: 'after the thaw' });
  try {
    await expect.poll(() => waiting).toBe(true);
    await expect.poll(() => firstValueFrom(tabs.first.stores.unpushed$)).toBe(1);
    await tabs.first.stores.syncNow();
    await new Promise((resolve) => setTimeout(resolve, 5_200));
    await tabs.first.stores.syncNow();
    expect(await firstValueFrom(tabs.first.stores.unpushed$)).toBe(0);
  } finally {
    thaw();
    await edited;
  }
  await expect.poll(() => firstValueFrom(tabs.first.stores.unpushed$)).toBe(1);
  await agree(server, tabs);
  expect((await there(server, 'customer', 'c1')).phone).toBe('after the thaw');
});
