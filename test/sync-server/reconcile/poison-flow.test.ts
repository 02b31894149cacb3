import { expect, test } from 'vitest';
import type { Write } from '../../../apps/sync-server/src/connectors/connector.ts';
import { openBench } from '../../support/engine.ts';
import { createNastySystem } from '../../support/nasty-system.ts';

const MANY = 10_000;
const POISON = 'd04321';

test('of 10,000 documents one is poison: 9,999 flow, it is a dead letter with a reason, and goes in its order when mended', async () => {
  const erp = createNastySystem({ traits: { batch: { max: 500, fails: 'all' } } });
  const [stream] = Object.values(erp.connector.streams);
  const sent: Write[] = [];
  const { push } = stream ?? {};
  if (stream === undefined || push === undefined) throw new Error('the stream cannot push');
  Object.assign(stream, {
    push: async (...[writes, context]: Parameters<typeof push>) => {
      sent.push(...writes);
      return push.call(stream, writes, context);
    },
  });
  await using bench = await openBench({ nasty: { erp } });
  const ids = Array.from({ length: MANY }, (_, at) => `d${String(at).padStart(5, '0')}`);
  for (let start = 0; start < MANY; start += 500) {
    await Promise.all(ids.slice(start, start + 500).map((id) => bench.write(id, { name: id === POISON ? 'bad' : id })));
  }
  await expect.poll(() => erp.records.size, { timeout: 60_000, interval: 200 }).toBe(MANY - 1);
  await bench.engine.idle();
  const [letter, ...others] = await bench.engine.letters();
  expect(others).toEqual([]);
  expect(letter).toMatchObject({ id: POISON, op: 'create', reason: 'bad name', uncertain: false });
  const writeId = letter?.writeId ?? '';
  expect(await bench.pending()).toBe(0);

  // What is written behind it waits: the lane is held, and no other.
  await bench.edit(POISON, { note: 'behind' });
  await bench.edit('d00001', { note: 'beside' });
  await bench.engine.idle();
  expect(erp.applied.at(-1)).toMatchObject({ op: 'update', patch: { note: 'beside' } });
  expect(erp.records.size).toBe(MANY - 1);

  await bench.edit(POISON, { name: 'mended' });
  sent.length = 0;
  await bench.engine.retry({ writeIds: [writeId] });
  await bench.engine.idle();
  await bench.edit(POISON, { note: 'after' });
  await bench.engine.idle();
  expect(sent).toMatchObject([
    { id: writeId, op: 'create', data: { name: 'mended', note: 'behind' } },
    { op: 'update', patch: { note: 'after' } },
  ]);
  expect(erp.records.size).toBe(MANY);
  expect(await bench.engine.letters()).toEqual([]);
  const history = await bench.store.history('main', { datastore: 'article', id: POISON });
  const kinds = history.map(({ kind }) => kind);
  expect(kinds).toEqual(['accepted', 'dead', 'accepted', 'accepted', 'retried', 'applied', 'accepted', 'applied']);
}, 120_000);
