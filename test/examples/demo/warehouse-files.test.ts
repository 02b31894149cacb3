import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { createSample } from '../../../examples/demo/seed/sample.ts';
import { readCsv, writeCsv } from '../../../examples/demo/systems/wms/csv.ts';
import { startWms } from '../../../examples/demo/systems/wms/wms.ts';
import { temporaryFolder } from '../../support/folder.ts';

const within = { timeout: 10_000, interval: 50 };

test('the warehouse begins with a file of all levels, and goes on with files of those that change', async () => {
  await using warehouse = await startWarehouse();
  const [full = '', ...others] = warehouse.files();
  expect([full, others]).toEqual(['levels-full-000000001.csv', []]);
  const lines = warehouse.text(full).trimEnd().split('\r\n');
  const { levels } = warehouse.wms.count();
  expect([lines.length, lines.at(-1)]).toEqual([Number(levels) + 2, `END;${levels}`]);

  const { id, qty } = await warehouse.firstLevel();
  await warehouse.add(id, 5);
  await vi.waitFor(() => expect(warehouse.files()).toHaveLength(2), within);
  const rows = readCsv(warehouse.text('levels-delta-000000002.csv'));
  expect(rows).toMatchObject([
    { id, qty: String(qty + 5) },
    { id: 'END', item: '1' },
  ]);
});

test('lines of others are booked once, and say no more than they say', async () => {
  await using warehouse = await startWarehouse();
  const { id, qty, minQty } = await warehouse.firstLevel();
  const add = { operation: 'add', write_id: 'w1', id, qty: '-3' };
  const update = {
    operation: 'update',
    write_id: 'w2',
    id,
    slot: null,
    reservations: '[{"no":"R1","order":null,"qty":2}]',
  };
  const gone = { operation: 'update', write_id: 'w3', id: 'NO-SUCH', minQty: '1' };
  warehouse.hand('changes-1.csv', [add, update, gone]);
  warehouse.hand('changes-2.csv', [add]);
  await vi.waitFor(() => expect(readdirSync(warehouse.outbox)).toEqual([]), within);
  expect(await warehouse.firstLevel()).toMatchObject({
    qty: qty - 3,
    minQty,
    slot: null,
    reservations: [{ no: 'R1', order: null, qty: 2 }],
  });
});

test('a file that cannot be read is set aside, and those behind it are booked', async () => {
  await using warehouse = await startWarehouse();
  const { id, qty } = await warehouse.firstLevel();
  writeFileSync(join(warehouse.outbox, 'changes-1.csv'), 'id;qty\r\n"never closed;1\r\n');
  warehouse.hand('changes-2.csv', [{ operation: 'add', write_id: 'w1', id, qty: '2' }]);
  await vi.waitFor(() => expect(readdirSync(warehouse.outbox)).toEqual(['changes-1.csv.refused']), within);
  expect((await warehouse.firstLevel()).qty).toBe(qty + 2);
});

test('a warehouse that is down neither books nor tells, and makes up for it later', async () => {
  await using warehouse = await startWarehouse();
  const { id, qty } = await warehouse.firstLevel();
  warehouse.wms.setDown(true);
  warehouse.hand('changes-1.csv', [{ operation: 'add', write_id: 'w1', id, qty: '4' }]);
  // Twice as long as it lets pass between two looks.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect([readdirSync(warehouse.outbox), warehouse.files().length]).toEqual([['changes-1.csv'], 1]);
  warehouse.wms.setDown(false);
  await vi.waitFor(() => expect(warehouse.files()).toHaveLength(2), within);
  expect((await warehouse.firstLevel()).qty).toBe(qty + 4);
});

test.each([
  ['plain', 'A'],
  ['separators', 'a;b"c""d'],
  ['line ends', 'a\r\nb\nc'],
  ['the word for empty', 'NULL'],
  ['nothing', ''],
  ['blanks', ' a '],
])('%s come back from a file as they were', (_, value) => {
  const rows = [
    { a: value, b: null },
    { a: value, c: 'x' },
  ];
  expect(readCsv(writeCsv(['a', 'b', 'c'], rows))).toEqual(rows);
});

async function startWarehouse() {
  const folder = temporaryFolder();
  const sample = () => createSample({ products: 10, customers: 2, orders: 2 });
  const wms = await startWms(sample, { file: join(folder.path, 'wms.sqlite'), port: 0 });
  const [inbox, outbox] = [join(wms.exchangeFolder, 'inbox'), join(wms.exchangeFolder, 'outbox')];
  return {
    wms,
    outbox,
    files: () => readdirSync(inbox).sort((a, b) => a.slice(-13).localeCompare(b.slice(-13))),
    text: (name: string) => readFileSync(join(inbox, name), 'utf8'),
    hand(name: string, rows: Parameters<typeof writeCsv>[1]) {
      const columns = ['operation', 'write_id', 'id', 'qty', 'minQty', 'slot', 'reservations'];
      writeFileSync(join(outbox, `.${name}`), writeCsv(columns, rows));
      renameSync(join(outbox, `.${name}`), join(outbox, name));
    },
    async firstLevel(): Promise<{ id: string; qty: number; minQty: number }> {
      return (await (await fetch(`${wms.url}/levels?limit=1`)).json()).levels[0];
    },
    async add(id: string, qty: number) {
      const headers = { 'content-type': 'application/json' };
      await fetch(`${wms.url}/levels/${id}/add`, { method: 'POST', headers, body: JSON.stringify({ qty }) });
    },
    async [Symbol.asyncDispose]() {
      await wms.close();
      folder[Symbol.dispose]();
    },
  };
}
