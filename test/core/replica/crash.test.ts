import { join } from 'node:path';
import { customers, inventory, scheduled } from '@datastores/core';
import { getRxStorageSQLite } from '@datastores/node';
import type { RxStorage } from 'rxdb';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { type CrashingStorage, crashingStorage, type Fault } from '../../support/crashing-storage.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { settled, startReplica, startService, writeThere } from '../../support/sync.ts';

const DATASTORES = [customers, inventory] as const;
const WATCHED = ['datastores-journal', 'customer', 'inventory'];
const IDS = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'new', 'brief'];
/** Nothing is exchanged but by `syncNow`, so that the n-th write is the same one in every run. */
const NEVER = scheduled('0 0 1 1 *');

type Server = Awaited<ReturnType<typeof startService>>;
type Replica = Awaited<ReturnType<typeof openReplica>>;

/** What the application was told of its writes, and so what may be on the server in the end. */
interface Ledger {
  /** Values that a field may have: one where the write was acknowledged, two where it failed and may have happened. */
  readonly fields: Map<string, Set<unknown>>;
  sold: { known: number; unknown: number };
}

interface Stage {
  readonly server: Server;
  readonly replica: Replica;
  readonly ledger: Ledger;
}

const customer = (id: string) => ({ id, name: `Customer ${id}`, status: 'active' as const });

function openReplica(server: Server, storage: RxStorage<unknown, unknown>) {
  const strategies = { customer: NEVER, inventory: NEVER };
  return startReplica(server.service, { datastores: DATASTORES, storage, name: 'replica', strategies });
}

async function note(ledger: Ledger, changes: Readonly<Record<string, unknown>>, write: () => Promise<unknown>) {
  const told = await write().then(
    () => true,
    () => false,
  );
  for (const [field, value] of Object.entries(changes)) {
    const possible = told ? new Set<unknown>() : (ledger.fields.get(field) ?? new Set<unknown>([undefined]));
    ledger.fields.set(field, possible.add(value));
  }
}

async function patch({ replica, ledger }: Stage, id: string, change: Readonly<Record<string, string | number>>) {
  const fields = Object.entries(change).map(([field, value]) => [`${id}.${field}`, value]);
  await note(ledger, Object.fromEntries(fields), () =>
    replica.stores.customer
      .findOne(id)
      .exec(true)
      .then((document) => document.incrementalPatch(change)),
  );
}

async function changeThere({ server, ledger }: Stage, id: string, change: Readonly<Record<string, string>>) {
  const stored = await server.store.document('main', { datastore: 'customer', id });
  await writeThere(server.store, customers, [{ ...JSON.parse(stored?.body ?? '{}'), ...change, id }]);
  for (const [field, value] of Object.entries(change)) ledger.fields.set(`${id}.${field}`, new Set([value]));
}

async function sell({ replica, ledger }: Stage) {
  const write = replica.stores.inventory
    .findOne('s1')
    .exec(true)
    .then((stock) => stock.incrementalModify((state) => ({ ...state, onHand: state.onHand - 1 })));
  await write.then(
    () => {
      ledger.sold.known += 1;
    },
    () => {
      ledger.sold.unknown += 1;
    },
  );
}

/** What a user and others do, one after the other; each step is let go by a crash and the next one is done after it. */
const STEPS: readonly ((stage: Stage) => Promise<unknown>)[] = [
  ({ replica }) => replica.stores.syncNow(),
  (stage) =>
    note(stage.ledger, { 'new.name': 'New' }, () =>
      stage.replica.stores.customer.insert({ id: 'new', name: 'New', status: 'active' }),
    ),
  (stage) => patch(stage, 'c1', { phone: '1' }),
  sell,
  ({ replica }) => replica.stores.syncNow(),
  // Merged with a change from elsewhere.
  async (stage) => {
    await patch(stage, 'c1', { phone: '2' });
    await changeThere(stage, 'c1', { email: 'erp@x.example' });
  },
  ({ replica }) => replica.stores.syncNow(),
  // Edited while it is being pushed.
  async (stage) => {
    await patch(stage, 'c2', { phone: 'first' });
    await sell(stage);
    let edited = false;
    stage.replica.line.before = async (kind) => {
      if (kind !== 'push' || edited) return;
      edited = true;
      await patch(stage, 'c2', { email: 'second@x.example' });
      await sell(stage);
    };
    await stage.replica.stores.syncNow();
    stage.replica.line.before = () => {};
  },
  // The answer is lost, and it is edited again.
  async (stage) => {
    await sell(stage);
    stage.replica.line.losePushAnswers = 2;
    await stage.replica.stores.syncNow();
    await sell(stage);
    stage.replica.line.losePushAnswers = 0;
  },
  ({ replica }) => replica.stores.syncNow(),
  // Edited while a change from elsewhere is being pulled.
  async (stage) => {
    await changeThere(stage, 'c4', { email: 'c4@x.example' });
    let edited = false;
    stage.replica.line.before = async (kind) => {
      if (kind !== 'pull' || edited) return;
      edited = true;
      await patch(stage, 'c4', { phone: '4' });
    };
    await stage.replica.stores.syncNow();
    stage.replica.line.before = () => {};
  },
  // A document that is deleted, and inserted again.
  (stage) =>
    note(stage.ledger, { 'c3.name': undefined }, () =>
      stage.replica.stores.customer
        .findOne('c3')
        .exec(true)
        .then((document) => document.incrementalRemove()),
    ),
  ({ replica }) => replica.stores.syncNow(),
  async (stage) => {
    if ((await stage.replica.stores.customer.findOne('c3').exec()) !== null) return;
    await note(stage.ledger, { 'c3.name': 'Again' }, () =>
      stage.replica.stores.customer.insert({ ...customer('c3'), name: 'Again' }),
    );
  },
  // Made and removed before anybody hears of it.
  async ({ replica, ledger }) => {
    await note(ledger, { 'brief.name': 'Brief' }, () =>
      replica.stores.customer.insert({ ...customer('brief'), name: 'Brief' }),
    );
    await note(ledger, { 'brief.name': undefined }, () =>
      replica.stores.customer
        .findOne('brief')
        .exec(true)
        .then((document) => document.incrementalRemove()),
    );
  },
  ({ replica }) => replica.stores.syncNow(),
  // Refused by the server.
  (stage) => patch(stage, 'c4', { creditLimit: 1_000_000 }),
  ({ replica }) => replica.stores.syncNow(),
  // A reset: the server has forgotten deletions that the replica has not seen.
  async (stage) => {
    await patch(stage, 'c2', { phone: 'during the reset' });
    await writeThere(stage.server.store, customers, [{ id: 'c6', gone: true }]);
    stage.ledger.fields.set('c6.name', new Set([undefined]));
    await stage.server.store.compact({ before: Date.now() + 1_000 });
    await stage.replica.stores.syncNow();
  },
  (stage) => patch(stage, 'c1', { phone: 'last' }),
  sell,
];

/** Runs all steps with one fault, then opens the replica again, syncs, and compares everything. Returns the writes it took. */
async function run(fault: Fault | null, transactions: 'used' | 'hidden'): Promise<number> {
  using folder = temporaryFolder();
  const filename = join(folder.path, 'replica.db');
  const disk = () => {
    const storage = getRxStorageSQLite({ filename, durability: 'normal' }) as RxStorage<unknown, unknown>;
    // Databases of one name are open side by side.
    return { ...storage, name: `${storage.name} ${filename}` };
  };
  await using server = await startService(DATASTORES);
  await writeThere(server.store, customers, ['c1', 'c2', 'c3', 'c4', 'c5', 'c6'].map(customer));
  await writeThere(server.store, inventory, [{ id: 's1', productId: 'p1', location: 'here', onHand: 100 }]);
  const ledger: Ledger = { fields: new Map([['c3.name', new Set(['Customer c3'])]]), sold: { known: 0, unknown: 0 } };
  const failing = crashingStorage(disk(), WATCHED, { fault, transactions });
  const name = fault === null ? 'without a fault' : `${fault.kind} ${fault.when} write ${fault.write}`;

  let replica: Replica | undefined = await openReplica(server, failing.storage).catch(unlessFailed(failing));
  for (const step of STEPS) {
    if (replica === undefined || failing.crashed()) {
      await replica?.stores.close().catch(unlessFailed(failing));
      replica = await openReplica(server, disk());
    }
    await step({ server, replica, ledger }).catch(unlessFailed(failing));
  }
  await replica?.stores.close().catch(unlessFailed(failing));
  if (fault !== null) expect(failing.failed(), name).toBe(true);

  await using last = await openReplica(server, disk());
  await last.stores.syncNow();
  await settled(last.stores);
  await compare({ server, replica: last, ledger }, name);
  return failing.writes();
}

function unlessFailed(failing: CrashingStorage) {
  return (error: unknown): undefined => {
    if (!failing.failed()) throw error;
  };
}

async function compare({ server, replica, ledger }: Stage, name: string): Promise<void> {
  const rejected = await firstValueFrom(replica.stores.rejected$);
  const payloads = rejected.map(({ id, document }) => JSON.stringify([id, document]));
  expect(new Set(payloads).size, `${name}: rejected ${payloads}`).toBe(payloads.length);
  const refused = (id: string, field: string, value: unknown) =>
    rejected.some((change) => change.id === id && change.document?.[field] === value);
  const limit = ledger.fields.get('c4.creditLimit') ?? new Set();
  if (!limit.has(undefined)) expect(refused('c4', 'creditLimit', 1_000_000), `${name}: rejected`).toBe(true);

  for (const id of IDS) {
    const stored = await server.store.document('main', { datastore: 'customer', id });
    const there = stored === null || stored.deleted ? null : JSON.parse(stored.body);
    const here = (await replica.stores.customer.findOne(id).exec())?.toJSON() ?? null;
    expect(here, `${name}: ${id}`).toEqual(there);
    for (const [field, possible] of ledger.fields) {
      const [of, key = ''] = field.split('.');
      if (of !== id || [...possible].some((value) => refused(id, key, value))) continue;
      expect([...possible], `${name}: ${field}`).toContainEqual(there?.[key]);
    }
  }
  const stock = JSON.parse((await server.store.document('main', { datastore: 'inventory', id: 's1' }))?.body ?? '{}');
  const { known, unknown } = ledger.sold;
  expect(stock.onHand, `${name}: stock`).toBeLessThanOrEqual(100 - known);
  expect(stock.onHand, `${name}: stock`).toBeGreaterThanOrEqual(100 - known - unknown);
  expect((await replica.stores.inventory.findOne('s1').exec(true)).onHand, `${name}: stock here`).toBe(stock.onHand);
  expect(await firstValueFrom(replica.stores.unpushed$), `${name}: unpushed`).toBe(0);
}

const HOW = { used: 'one transaction over journal and documents', hidden: 'a storage without common transactions' };

for (const transactions of ['used', 'hidden'] as const) {
  for (const kind of ['crash', 'once'] as const) {
    for (const when of ['before', 'after'] as const) {
      const what = kind === 'crash' ? 'a crash' : 'an error of the storage';
      test(`with ${HOW[transactions]} ${what} ${when} any one write loses nothing and doubles nothing`, async () => {
        const writes = await run(null, transactions);
        expect(writes).toBeGreaterThan(40);
        const failures: string[] = [];
        // How often an exchange is repeated depends on time: a busy machine may need some writes less.
        const faults = Array.from({ length: writes - 8 }, (_, index) => index + 1).values();
        const runFaults = async () => {
          for (const write of faults) {
            await run({ write, when, kind }, transactions).catch((error: Error) =>
              failures.push(error.message.slice(0, 300)),
            );
          }
        };
        // A replica that has met a fault mostly waits before it tries again.
        await Promise.all(Array.from({ length: 8 }, runFaults));
        expect(failures).toEqual([]);
      }, 300_000);
    }
  }
}
