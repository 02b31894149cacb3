import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { APPLICATION_ID, MIGRATIONS } from '../../../apps/sync-server/src/store/sqlite/schema.ts';
import { SCOPE } from '../../suites/store/edits.ts';
import { createSqlitePlace } from './sqlite-place.ts';

const HISTORY = MIGRATIONS.findIndex(({ sql }) => sql.includes('create table history'));

test('decisions that were recorded before there was a history are in it, and dead letters are taken for uncertain', async () => {
  await using place = await createSqlitePlace();
  await (await place.open()).close();
  rmSync(place.filename);
  const database = new Sqlite(place.filename);
  database.exec('create table migration (number integer primary key, name text, checksum text, applied_at integer)');
  for (const { number, name, sql } of MIGRATIONS.slice(0, HISTORY)) {
    database.exec(sql);
    const checksum = createHash('sha256').update(sql).digest('hex');
    database.prepare('insert into migration values (?, ?, ?, 0)').run(number, name, checksum);
  }
  database.pragma(`application_id = ${APPLICATION_ID}`);
  database.exec(`
    insert into meta values ('epoch', 'e');
    insert into decision (scope, datastore, id, field, rule, proposed_by, base, server, proposed, result, at)
      values ('${SCOPE}', 'note', 'a', 'f', 'server-wins', 'replica-1', null, '"here"', '{"x":["y"]}', '"here"', 7);
    insert into outbox (system, stream, scope, datastore, id, state, write_id, payload, created_at)
      values ('erp', 'orders', '${SCOPE}', 'order', 'o', 'dead', 'w1', '{"sent":1}', 5),
        ('erp', 'orders', '${SCOPE}', 'order', 'p', 'dead', 'w2', null, 6);
  `);
  database.close();

  const store = await place.open();
  const decision = { field: 'f', rule: 'server-wins', server: 'here', proposed: { x: ['y'] }, result: 'here' };
  expect(await store.decisions({ limit: 10 })).toEqual([
    { scope: SCOPE, datastore: 'note', id: 'a', by: 'replica-1', at: 7, base: undefined, ...decision },
  ]);
  expect(await store.history(SCOPE, { datastore: 'note', id: 'a' })).toMatchObject([{ decisions: [decision], at: 7 }]);
  expect(await store.outboxDead({ limit: 10 })).toMatchObject([
    { writeId: 'w1', deadAt: 5, uncertain: true, field: null },
    { writeId: 'w2', deadAt: 6, uncertain: false },
  ]);
});
