import { expect, test } from 'vitest';
import {
  type CollectOptions,
  createCollector,
} from '../../../../../apps/sync-server/src/connectors/sql-postgres/cdc/collect.ts';
import {
  type PgoutputMessage,
  UNSENT,
} from '../../../../../apps/sync-server/src/connectors/sql-postgres/cdc/pgoutput.ts';

const OPTIONS: CollectOptions = {
  stream: 'items',
  slot: 'shop_items',
  sources: new Map([[1, { name: 'public.items', child: null, columns: ['id'] }]]),
  from: 0n,
  at: null,
  most: 100,
};

const RELATION: PgoutputMessage = { is: 'relation', oid: 1, columns: ['name', 'id'] };
const begin = (commit: bigint): PgoutputMessage => ({ is: 'begin', commit, xid: 700 });
const commit = (at: bigint): PgoutputMessage => ({ is: 'commit', commit: at, end: at + 5n });
const row = (id: string, oid = 1): PgoutputMessage => ({
  is: 'row',
  oid,
  before: null,
  after: [null, Buffer.from(id)],
});
const mark = (keys: unknown, slot = 'shop_items'): PgoutputMessage => ({
  is: 'message',
  prefix: 'datastores',
  content: JSON.stringify({ slot, keys }),
});

test('it stops within a transaction when there is enough, and goes on behind the changes that were taken over', () => {
  const messages = [begin(10n), RELATION, row('1'), row('2', 9), row('2'), row('3'), commit(10n), begin(20n), row('4')];
  const first = collect({ most: 2 }, messages);
  expect(textsOf(first)).toEqual(['1', '2']);
  expect([first.full, first.end]).toEqual([true, null]);
  const second = collect({ from: 10n, at: { commit: 10n, skip: 2 } }, [...messages, commit(20n)]);
  expect(textsOf(second)).toEqual(['3', '4']);
  expect(second.end).toBe(25n);
  expect(textsOf(collect({ from: 15n }, [...messages, commit(20n)]))).toEqual(['4']);
});

test('a row that is named twice in a row counts once, but not across a mark', () => {
  const { rows } = collect({}, [begin(10n), RELATION, row('1'), row('1'), mark(['1']), row('1'), commit(10n)]);
  expect(rows.map(({ number }) => number)).toEqual([0, 1]);
  expect(rows[0]?.transaction.marks).toEqual([{ before: 1, keys: new Set(['1']) }]);
});

test('marks of another slot and messages that are no marks are passed over', () => {
  const odd = ['{', 'null', '[]', '{"slot":"shop_items"}'].map(
    (content): PgoutputMessage => ({ is: 'message', prefix: 'datastores', content }),
  );
  const { rows } = collect({}, [begin(10n), RELATION, row('1'), mark(['1'], 'other'), ...odd, commit(10n)]);
  expect(rows[0]?.transaction.marks).toEqual([]);
});

test('a key that was not sent is taken from the row before, or asks for a new beginning', () => {
  const update = (before: string | null): PgoutputMessage => ({
    is: 'row',
    oid: 1,
    before: before === null ? null : [null, Buffer.from(before)],
    after: [null, UNSENT],
  });
  expect(textsOf(collect({}, [begin(10n), RELATION, update('7'), commit(10n)]))).toEqual(['7']);
  expect(() => collect({}, [begin(10n), RELATION, update(null)])).toThrow(/does not hold the key/);
});

test('a publication that leaves out the key is refused', () => {
  const narrow: PgoutputMessage = { is: 'relation', oid: 1, columns: ['name'] };
  expect(() => collect({}, [begin(10n), narrow, row('1')])).toThrow(/leaves out id of public\.items/);
});

function collect(over: Partial<CollectOptions>, messages: readonly PgoutputMessage[]) {
  const collector = createCollector({ ...OPTIONS, ...over });
  for (const message of messages) if (!collector.full) collector.take(message);
  return collector;
}

function textsOf({ rows }: ReturnType<typeof createCollector>): string[] {
  return rows.flatMap(({ texts }) => texts);
}
