import { once } from 'node:events';
import { createWriteStream, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import { expect, test } from 'vitest';
import { exchangeFolder } from './exchange-folder.ts';

const LINES = 1_000_000;
/** The records alone would take several times as much. */
const MOST_BYTES = 150 * 1024 ** 2;

test('a packed export of a million lines is read in memory that does not grow with it, and holds up nobody', async () => {
  await using folder = exchangeFolder();
  const path = join(folder.path, 'inbox/full.csv.gz');
  const packed = createGzip({ level: 1 });
  const written = once(packed.pipe(createWriteStream(`${path}.part`)), 'finish');
  packed.write('sku;name;price\n');
  for (let at = 0; at < LINES; at += 1_000) {
    const lines = Array.from(
      { length: 1_000 },
      (_, more) => `S${String(at + more).padStart(8, '0')};"Name ${at + more}";${more},50\n`,
    );
    if (!packed.write(lines.join(''))) await once(packed, 'drain');
  }
  packed.end();
  await written;
  renameSync(`${path}.part`, path);
  const { stream, context, events } = folder.server({
    items: {
      format: { is: 'csv', separator: ';', decimal: ',' },
      key: 'sku',
      fields: { sku: {}, name: {}, price: { type: 'number' } },
      inbox: { full: 'full.*', complete: { minRows: LINES } },
    },
  });
  const before = process.memoryUsage.rss();
  let [peak, turns, done] = [0, 0, false];
  const reading = stream.get(['S00000000', 'S00999999', 'S01000000'], context).finally(() => {
    done = true;
  });
  while (!done) {
    await setImmediate();
    turns += 1;
    if (turns % 50 === 0) peak = Math.max(peak, process.memoryUsage.rss());
  }
  expect((await reading).get('S00999999')?.data).toEqual({ sku: 'S00999999', name: 'Name 999999', price: 999.5 });
  expect((await reading).size).toBe(2);
  expect(events).toContainEqual({
    event: 'file-read',
    detail: { name: 'full.csv.gz', kind: 'full', rows: LINES, faulty: 0 },
  });
  expect(peak - before).toBeLessThan(MOST_BYTES);
  // Of a text of 36 MB in pieces of 64 KB, other work has its turn after each.
  expect(turns).toBeGreaterThan(500);
}, 300_000);
