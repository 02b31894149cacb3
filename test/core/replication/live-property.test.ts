import { type Customer, customers, type Datastore, inventory } from '@datastores/core';
import type { Poke } from '@datastores/core/protocol';
import fc from 'fast-check';
import type { RxCollection } from 'rxdb';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { parseVersion } from '../../../packages/core/src/protocol/document-version.ts';
import { editKey, journalKey, type PullState } from '../../../packages/core/src/replica/journal-entry.ts';
import { createReplica, type Replica } from '../../../packages/core/src/replica/replica.ts';
import { serverMetaOf } from '../../../packages/core/src/replica/stored.ts';
import { connect } from '../../../packages/core/src/replication/connect.ts';
import { type Line, lineTo } from '../../support/network.ts';
import { callerOf, startService } from '../../support/sync.ts';

const DATASTORES = [customers, inventory] as const;
const SCOPES = ['main', 'other'];
const IDS = ['a', 'b', 'c', 'd', 'e'];

/** A write on the server: a document of one of the datastores in one of the scopes, or its deletion. */
const write = fc.record({
  datastore: fc.constantFrom(...DATASTORES.map(({ name }) => name)),
  id: fc.constantFrom(...IDS),
  kind: fc.constantFrom('small', 'small', 'small', 'large', 'gone'),
});
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('commit' as const),
      scope: fc.constantFrom(...SCOPES),
      writes: fc.uniqueArray(write, {
        minLength: 1,
        maxLength: 4,
        selector: ({ datastore, id }) => `${datastore} ${id}`,
      }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('edit' as const), id: fc.constantFrom(...IDS), remove: fc.boolean() }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      order: fc.array(fc.nat(7), { maxLength: 6 }),
      drop: fc.nat(3),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('sync' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('compact' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(4) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

type Server = Awaited<ReturnType<typeof startService>>;

let runs = 0;

/** Two replicas, one of which gets its pokes as the steps say: held back, in another order, twice, or not at all. */
async function run(steps: readonly Step[]): Promise<void> {
  await using server = await startService(DATASTORES);
  await using watched = await open(server);
  await using other = await open(server);
  const held: { readonly poke: Poke; readonly deliver: (poke: Poke) => void }[] = [];
  watched.line.poke = (poke, deliver) => void held.push({ poke, deliver });
  for (const [number, given] of steps.entries()) {
    await perform(given, number, { server, watched, other, held });
    await assertNothingSkipped(server, watched.replica);
  }
  watched.line.poke = (poke, deliver) => deliver(poke);
  watched.line.up = true;
  for (const { poke, deliver } of held) deliver(poke);
  await watched.connection.syncNow();
  await settled(watched);
  await assertEqual(server, watched.replica);
  // Without any request from here on but what pokes ask for.
  await perform(
    { do: 'commit', scope: 'main', writes: [{ datastore: customers.name, id: 'last', kind: 'small' }] },
    -1,
    {
      server,
      watched,
      other,
      held,
    },
  );
  await expect.poll(() => contentOf(watched.replica, customers, 'last')).not.toBeNull();
  await assertNothingSkipped(server, watched.replica);
}

interface Stage {
  readonly server: Server;
  readonly watched: Opened;
  readonly other: Opened;
  readonly held: { readonly poke: Poke; readonly deliver: (poke: Poke) => void }[];
}

async function perform(given: Step, number: number, { server, watched, other, held }: Stage): Promise<void> {
  if (given.do === 'commit') await commit(server, given, number);
  if (given.do === 'edit') await edit(number % 2 ? watched.replica : other.replica, given, number);
  if (given.do === 'deliver') {
    held.splice(0, given.drop);
    for (const at of given.order) if (held[at] !== undefined) held[at].deliver(held[at].poke);
    if (given.order.length > 2) held.length = 0;
  }
  if (given.do === 'sync') await watched.connection.syncNow();
  if (given.do === 'cut') {
    watched.line.up = false;
    watched.line.up = true;
    held.length = 0;
    await watched.connection.syncNow();
  }
  if (given.do === 'compact') await server.store.compact({ before: Date.now() + 1_000 });
  if (given.do === 'wait') await new Promise((resolve) => setTimeout(resolve, given.ms));
}

async function commit({ store }: Server, { scope, writes }: Extract<Step, { do: 'commit' }>, number: number) {
  const documents = writes.map(({ datastore, id, kind }) => {
    const note = kind === 'large' ? 'x'.repeat(17_000) : `${number}`;
    const content =
      datastore === customers.name
        ? { id: `${scope}-${id}`, name: `by ${number}`, status: 'active', notes: note }
        : { id: `${scope}-${id}`, productId: 'p', location: note.slice(0, 50), onHand: number };
    const body = kind === 'gone' ? null : JSON.stringify(content);
    return {
      datastore,
      id: content.id,
      body,
      schemaVersion: 0,
      author: '@erp',
      base: null,
      from: null,
    };
  });
  await store.write({ scope }, () => ({ documents, result: null }));
}

async function edit(replica: Replica, { id, remove }: Extract<Step, { do: 'edit' }>, number: number): Promise<void> {
  const collection = replica.collections['customer'] as unknown as RxCollection<Customer>;
  const document = await collection.findOne(`main-${id}`).exec();
  try {
    if (document && remove) await document.incrementalRemove();
    else if (document) await document.incrementalPatch({ phone: `${number}` });
    else await collection.insert({ id: `main-${id}`, name: `here ${number}`, status: 'active' });
  } catch (error) {
    // A poke brought the document between looking and inserting.
    if ((error as { code?: string }).code !== 'CONFLICT') throw error;
  }
}

interface Opened extends AsyncDisposable {
  readonly replica: Replica;
  readonly line: Line;
  readonly connection: ReturnType<typeof connect>;
}

async function open({ service }: Server): Promise<Opened> {
  runs += 1;
  const { line, transport } = lineTo(service, callerOf(`user-${runs}`, SCOPES));
  const replica = await createReplica({
    name: `live-${runs}`,
    storage: getRxStorageMemory() as never,
    datastores: DATASTORES,
    multiInstance: false,
    newId: () => globalThis.crypto.randomUUID(),
  });
  const connection = connect({ replica, datastores: DATASTORES, transport, random: () => 0 });
  const close = async () => {
    await connection.close();
    await replica.close();
  };
  return { replica, line, connection, [Symbol.asyncDispose]: close };
}

/** Whatever the stored checkpoint says is here is here: no document of the server up to it is missing or older. */
async function assertNothingSkipped({ store }: Server, { journal, storages }: Replica): Promise<void> {
  for (const datastore of DATASTORES) {
    const key = journalKey({ kind: 'state', datastore: datastore.name, id: 'pull' });
    const checkpoint = (await journal.read<PullState>([key])).get(key)?.checkpoint ?? {};
    for (const [scope, position] of Object.entries(checkpoint)) {
      const { rows } = await store.feed({ scope, datastore: datastore.name, after: 0, maxRows: 100, maxBytes: 1e9 });
      for (const row of rows.filter(({ seq }) => seq <= position.seq)) {
        const [here] = (await storages.get(datastore.name)?.instance.findDocumentsById([row.id], true)) ?? [];
        if (journal.index.has(editKey(datastore, row.id)) || (here === undefined && row.deleted)) continue;
        const version = parseVersion(serverMetaOf(here).version ?? '');
        expect(version?.seq, `${scope} ${datastore.name} ${row.id} at ${position.seq}`).toBeGreaterThanOrEqual(row.seq);
      }
    }
  }
}

async function contentOf(replica: Replica, datastore: Datastore, id: string): Promise<unknown> {
  return (
    (await replica.collections[datastore.name]?.findOne(id.includes('-') ? id : `main-${id}`).exec())?.toJSON() ?? null
  );
}

async function assertEqual({ store }: Server, replica: Replica): Promise<void> {
  for (const datastore of DATASTORES) {
    for (const id of SCOPES.flatMap((scope) => IDS.map((id) => `${scope}-${id}`))) {
      const states = await Promise.all(SCOPES.map((scope) => store.document(scope, { datastore: datastore.name, id })));
      const there = states.find((state) => state !== null && !state.deleted);
      expect(await contentOf(replica, datastore, id), id).toEqual(there ? JSON.parse(there.body) : null);
    }
  }
}

async function settled({ replica, connection }: Opened): Promise<void> {
  await expect
    .poll(async () => [replica.journal.index.edits(), (await firstValueFrom(connection.status$)).state], {
      timeout: 10_000,
    })
    .toEqual([0, 'live']);
}

test('however commits, edits and pokes that are late, doubled, lost or out of order meet, nothing is skipped and both sides end equal', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), run), {
    numRuns: Number(process.env.RUNS ?? 40),
  });
}, 240_000);
