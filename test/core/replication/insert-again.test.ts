import { customers } from '@datastores/core';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { settled, startReplica, startService, writeThere } from '../../support/sync.ts';

const alfreds = { id: 'c1', name: 'Alfreds', status: 'active' as const };

test.each(['while the deletion is pushed', 'before the deletion is pushed'])(
  'a document that is inserted again %s does not write over in silence what somebody else has made of it',
  async (when) => {
    await using server = await startService([customers]);
    await writeThere(server.store, customers, [alfreds]);
    await using replica = await startReplica(server.service, { datastores: [customers] });
    const { customer } = replica.stores;
    await settled(replica.stores);
    const insertAgain = () => customer.insert({ ...alfreds, name: 'Mine' });
    let pushes = 0;
    replica.line.before = async (kind) => {
      if (kind !== 'push' || pushes++ > 0) return;
      await writeThere(server.store, customers, [{ ...alfreds, name: 'There' }]);
      if (when === 'while the deletion is pushed') await insertAgain();
    };
    replica.line.up = false;
    await customer.findOne('c1').remove();
    if (when !== 'while the deletion is pushed') await insertAgain();
    replica.line.up = true;
    await replica.stores.syncNow();
    await settled(replica.stores);

    const stored = await server.store.document('main', { datastore: 'customer', id: 'c1' });
    const { name } = JSON.parse(stored?.body ?? '{}') as { name?: string };
    const lost = name === 'There' ? 'Mine' : 'There';
    const decisions = await server.store.decisions({ limit: 10 });
    const rejected = await firstValueFrom(replica.stores.rejected$);
    const told = [
      ...decisions.flatMap(({ server: there, proposed }) => [there, proposed]),
      ...rejected.map(({ document }) => document?.['name']),
    ];
    expect(told, `${lost} is told of`).toContain(lost);
  },
);
