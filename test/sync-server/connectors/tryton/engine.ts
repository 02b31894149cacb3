import { tryton } from '@datastores/sync-server/tryton';
import { expect, test } from 'vitest';
import { startCutProxy } from '../../../support/cut-proxy.ts';
import { articleBinding, openBench } from '../../../support/engine.ts';
import type { TrytonServer } from '../../../support/tryton.ts';
import { trytonOptions } from './tryton-place.ts';

/** What the reconcile engine makes of the connector. */
export function engineTests(server: () => TrytonServer): void {
  test('a document reaches Tryton once although an answer is lost, sales on both sides add up, and nothing echoes', async () => {
    await using line = await startCutProxy(server().port);
    const connector = tryton({ ...trytonOptions(server()), url: `http://127.0.0.1:${line.port}` });
    const binding = articleBinding({
      toDocument: ({ name = null, quantity = null }) => ({ name, stock: quantity }),
      toRecord: ({ name, stock }) => ({
        ...(name !== undefined && { name }),
        ...(stock !== undefined && { quantity: stock }),
      }),
      fields: { name: { merge: 'there' }, stock: { merge: 'sum' } },
    });
    await clear(server());
    await using bench = await openBench({ nasty: { erp: { connector } }, bindings: [binding] });

    const cut = line.cutAt('sample.item.create', 'after');
    await bench.write('a1', { name: 'offline', stock: 10 });
    await bench.engine.pushNow('erp');
    await cut;
    await settle(async () => {
      await bench.engine.pushNow('erp');
      return (await bench.pending()) === 0;
    });
    expect(await records(server())).toMatchObject([{ name: 'offline', quantity: 10 }]);

    const [{ id = 0 } = {}] = await records(server());
    await server().call('model.sample.item.write', [id], { quantity: 7, name: 'renamed' });
    await bench.edit('a1', { stock: 8 });
    await settle(async () => {
      await bench.engine.pushNow('erp');
      await bench.engine.pullNow('erp');
      await bench.engine.idle();
      return (await bench.pending()) === 0 && (await bench.read('a1'))?.name === 'renamed';
    });
    expect(await bench.read('a1')).toMatchObject({ name: 'renamed', stock: 5 });
    expect(await records(server())).toMatchObject([{ name: 'renamed', quantity: 5 }]);

    const before = [await bench.store.head('main'), await records(server())];
    for (let round = 0; round < 3; round += 1) {
      await bench.engine.pullNow('erp');
      await bench.engine.idle();
    }
    expect([await bench.store.head('main'), await records(server())]).toEqual(before);
  });
}

interface ItemRecord {
  readonly id: number;
}

function records(server: TrytonServer): Promise<ItemRecord[]> {
  const fields = ['name', 'quantity', '_timestamp'];
  return server.call('model.sample.item.search_read', [], 0, null, [['id', 'ASC']], fields);
}

async function clear(server: TrytonServer): Promise<void> {
  const database = await server.client();
  await database.query('truncate sample_item cascade');
  await database.end();
}

async function settle(done: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 50; tries += 1) {
    if (await done()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('It did not settle.');
}
