import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type PgoutputMessage,
  readMessage,
  type Tuple,
  UNSENT,
} from '../../../../../apps/sync-server/src/connectors/sql-postgres/cdc/pgoutput.ts';
import type { PostgresCluster } from '../../../../support/postgres.ts';
import { startLogical } from './cdc-place.ts';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startLogical();
});
afterAll(() => cluster[Symbol.asyncDispose]());

test('every kind of message is read as PostgreSQL writes it', async () => {
  await using log = await openLog('messages');
  await log.sql('begin');
  const { rows } = await log.sql('select (pg_current_xact_id()::text::bigint & 4294967295)::float8 as xid');
  await log.sql(`insert into items values (1, 'ä', null); update items set name = 'b';
    update items set id = 2; select pg_logical_emit_message(true, 'shop', 'öre'); delete from items; commit`);
  const [begin, relation, ...messages] = await log.messages();
  const commit = messages.pop();
  expect(begin).toEqual({ is: 'begin', commit: expect.any(BigInt), xid: rows[0].xid });
  expect(relation).toEqual({ is: 'relation', oid: expect.any(Number), columns: ['id', 'name', 'note'] });
  const oid = relation?.is === 'relation' ? relation.oid : 0;
  expect(messages.map(readable)).toEqual([
    { is: 'row', oid, before: null, after: ['1', 'ä', null] },
    { is: 'row', oid, before: null, after: ['1', 'b', null] },
    { is: 'row', oid, before: ['1', null, null], after: ['2', 'b', null] },
    { is: 'message', prefix: 'shop', content: 'öre' },
    { is: 'row', oid, before: ['2', null, null], after: null },
  ]);
  expect(commit).toEqual({ is: 'commit', commit: begin?.is === 'begin' && begin.commit, end: expect.any(BigInt) });
  expect(commit?.is === 'commit' && commit.end > commit.commit).toBe(true);
});

test('a whole row before its change, a value that was not sent, a truncation and an origin are read', async () => {
  await using log = await openLog('rows');
  const long = 'long '.repeat(4_000);
  await log.sql(`alter table items alter note set storage external; insert into items values (1, 'a', '${long}')`);
  await log.sql(`update items set name = 'b'`);
  await log.sql('alter table items replica identity full');
  await log.sql(`update items set name = 'c'`);
  await log.sql('truncate items');
  await log.sql(`select pg_replication_origin_create('elsewhere')`);
  await log.sql(`select pg_replication_origin_session_setup('elsewhere')`);
  await log.sql(`insert into items values (2, 'd', '')`);
  const messages = (await log.messages()).filter(({ is }) => is !== 'begin' && is !== 'commit' && is !== 'relation');
  const [inserted, partly, whole, truncated, origin, last] = messages.map(readable);
  expect(inserted).toMatchObject({ before: null, after: ['1', 'a', long] });
  expect(partly).toMatchObject({ before: null, after: ['1', 'b', UNSENT] });
  expect(whole).toMatchObject({ before: ['1', 'b', long], after: ['1', 'c', UNSENT] });
  expect(truncated).toEqual({ is: 'truncate', oids: [expect.any(Number)] });
  expect(origin).toEqual({ is: 'other' });
  expect(last).toMatchObject({ after: ['2', 'd', ''] });
});

test('a message that ends too early is an error, wherever it ends', async () => {
  await using log = await openLog('cut');
  await log.sql(`insert into items values (1, 'abc', 'def')`);
  for (const bytes of await log.bytes()) {
    for (let length = 1; length < bytes.length; length += 1) {
      // A row may end behind its table: then it says nothing, and that is no message PostgreSQL writes.
      if (bytes[0] === 'I'.charCodeAt(0) && length === 5) continue;
      if (complete(bytes, length)) continue;
      expect(() => readMessage(bytes.subarray(0, length)), `${bytes[0]} ${length}`).toThrow(RangeError);
    }
  }
});

/** The last field of a commit says when, which is not read. */
function complete(bytes: Buffer, length: number): boolean {
  const read: Readonly<Record<string, number>> = { C: 18 };
  return length >= (read[String.fromCharCode(bytes[0] ?? 0)] ?? Number.POSITIVE_INFINITY);
}

function readable(message: PgoutputMessage) {
  if (message.is !== 'row') return message;
  const texts = (tuple: Tuple | null) =>
    tuple?.map((value) => (Buffer.isBuffer(value) ? value.toString() : value)) ?? null;
  return { ...message, before: texts(message.before), after: texts(message.after) };
}

async function openLog(name: string) {
  await cluster.createDatabase(name);
  const client = await cluster.client(name);
  await client.query(
    'create table items (id int primary key, name text, note text); create publication p for table items',
  );
  await client.query(`select pg_create_logical_replication_slot($1, 'pgoutput')`, [name]);
  const bytes = async () => {
    const { rows } = await client.query<{ data: Buffer }>(
      `select data from pg_logical_slot_peek_binary_changes($1, null, null,
         'proto_version', '1', 'publication_names', 'p', 'messages', 'true')`,
      [name],
    );
    return rows.map(({ data }) => data);
  };
  return {
    sql: (text: string) => client.query(text),
    bytes,
    messages: async () => (await bytes()).map(readMessage),
    async [Symbol.asyncDispose]() {
      await client.query('select pg_drop_replication_slot($1)', [name]);
      await client.end();
    },
  };
}
