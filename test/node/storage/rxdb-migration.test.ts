import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { seeded } from '../../convergence/seeded.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { prepareProgram } from '../../support/source-process.ts';
import { LETTERS, openLetters } from './migrated-letters.ts';

/** Fills a file with letters of the old version. */
async function fill(filename: string): Promise<void> {
  await using opened = await openLetters(filename, 0);
  const { letters } = opened;
  const { success } = await letters.bulkInsert(
    Array.from({ length: LETTERS }, (_, at) => ({ id: `letter-${at}`, price: at })),
  );
  for (const letter of success) {
    if ((letter.price ?? 0) % 5 !== 0) continue;
    await letter.putAttachment({ id: 'scan', data: new Blob([`scan of ${letter.id}`]), type: 'text/plain' });
  }
  for (const id of ['letter-1', 'letter-2']) await (await letters.findOne(id).exec(true)).remove();
}

/** Opens the file in the new version and looks for every letter. */
async function expectMigrated(filename: string, said: string): Promise<void> {
  await using opened = await openLetters(filename, 1);
  const { letters } = opened;
  const kept = Array.from({ length: LETTERS }, (_, at) => at).filter(
    (price) => price % 7 !== 0 && price !== 1 && price !== 2,
  );
  const found = await letters.find({ selector: { cents: { $gte: 0 } }, sort: [{ cents: 'asc' }] }).exec();
  expect(
    found.map(({ id, cents }) => [id, cents]),
    said,
  ).toEqual(kept.map((price) => [`letter-${price}`, price * 100]));
  for (const letter of found) {
    const scan = letter.getAttachment('scan');
    const text = scan === null ? null : await scan.getStringData();
    expect(text, `${said}: ${letter.id}`).toBe((letter.cents ?? 0) % 500 === 0 ? `scan of ${letter.id}` : null);
  }
  await letters.insert({ id: 'new', cents: 1 });
  expect(tablesOf(filename), `${said}: the tables of the old version are gone`).toEqual([1]);
}

/** Waits until a migration has written letters of the new version. */
async function begun(filename: string): Promise<void> {
  const database = new Database(filename, { readonly: true });
  const table = database.prepare<[], string>(
    "SELECT 'docs_' || id FROM collections WHERE collection = 'letters' AND version = 1",
  );
  const found = () => {
    const name = table.pluck().get();
    return name !== undefined && database.prepare(`SELECT 1 FROM ${name}`).get() !== undefined;
  };
  await expect.poll(found, { timeout: 20_000, interval: 1 }).toBe(true);
  database.close();
}

/** The versions of the letters that have a table in the file, which must be sound. */
function tablesOf(filename: string): unknown[] {
  const database = new Database(filename, { readonly: true });
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  const versions = database.prepare("SELECT version FROM collections WHERE collection = 'letters'").pluck().all();
  const tables = database.prepare(
    "SELECT count(*) FROM sqlite_schema WHERE name GLOB 'attachments_*' AND type = 'table'",
  );
  expect(tables.pluck().get(), 'tables of attachments').toBe(versions.length);
  database.close();
  return versions;
}

test('a collection of a higher version takes over documents and attachments of the old one, and drops its tables', async () => {
  using folder = temporaryFolder();
  const filename = join(folder.path, 'letters.db');
  await fill(filename);
  expect(tablesOf(filename)).toEqual([0]);
  await expectMigrated(filename, 'at once');
});

test('a migration killed with -9 at any moment is gone on with, and no letter is migrated twice or left behind', async () => {
  using folder = temporaryFolder();
  using program = await prepareProgram(new URL('./migration-writer.ts', import.meta.url));
  const original = join(folder.path, 'letters.db');
  await fill(original);
  const seed = Number(process.env['DATASTORES_SEED'] ?? 1);
  const random = seeded(seed);
  let halfWay = 0;
  for (let wave = 0; wave < 2; wave += 1) {
    const files = Array.from({ length: 3 }, (_, at) => join(folder.path, `killed-${wave}-${at}.db`));
    const processes = files.map((file) => {
      copyFileSync(original, file);
      return program.start([file]);
    });
    try {
      await Promise.all(processes.map((one) => one.line()));
      for (const [at, one] of processes.entries()) {
        one.say('go');
        const filename = files[at] as string;
        await (at === 0 ? begun(filename) : sleep(random() * 350));
        await one.kill();
        if (tablesOf(filename).length === 2) halfWay += 1;
        await expectMigrated(filename, `DATASTORES_SEED=${seed}, process ${at} of wave ${wave}`);
      }
    } finally {
      for (const one of processes) one[Symbol.dispose]();
    }
  }
  expect(halfWay, 'killed in the middle').toBeGreaterThan(1);
}, 120_000);
