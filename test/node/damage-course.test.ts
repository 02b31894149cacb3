import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { customers, type Datastore, defineDatastore, inventory } from '@datastores/core';
import { openDatastores } from '@datastores/node';
import Database from 'better-sqlite3';
import { firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  checkpointed,
  type DamagePlace,
  EDITED,
  effectOf,
  exchange,
  openAndExchange,
  prepareDamagePlace,
} from '../support/damage-place.ts';
import { keptIn, overwrite, PAGE, pageCount } from '../support/damaged-folder.ts';
import { temporaryFolder } from '../support/folder.ts';

let prepared: Awaited<ReturnType<typeof prepareDamagePlace>>;
beforeAll(async () => {
  prepared = await prepareDamagePlace();
});
afterAll(() => prepared[Symbol.asyncDispose]());

const ALL = Object.values(EDITED).flat();
const zeros = (old: Buffer) => old.fill(0);
const lockOf = ({ folder }: DamagePlace) => join(folder, 'replica.lock');

/** What the process before would have left if it had closed the replica. */
function closedCleanly(place: DamagePlace): void {
  checkpointed(place);
  rmSync(`${place.database}-wal`);
  rmSync(lockOf(place));
}

test('damage in a file that was closed cleanly is met while it is opened, and salvaged then', async () => {
  await using place = await prepared.copy();
  closedCleanly(place);
  overwrite(place.database, { start: 0, length: 100 }, zeros);
  const found = await openAndExchange(place);
  expect([...found.missing]).toEqual([]);
  expect(found.reports).toMatchObject([{ salvaged: ALL.length, lost: [], mayLackMore: false }]);
});

test('damage that is met while the replica is open fails that read alone, and is salvaged at the next opening', async () => {
  await using place = await prepared.copy();
  closedCleanly(place);
  // The text of one document that nobody has edited; SQLite finds nothing wrong with it.
  const content = readFileSync(place.database);
  const start = content.indexOf('"id":"clean-7"');
  expect(start).toBeGreaterThan(0);
  overwrite(place.database, { start, length: 6 }, (old) => old.fill(0x7b));
  {
    await using replica = await place.open();
    const { stores } = replica;
    await expect(stores.customer.findOne('clean-7').exec()).rejects.toMatchObject({
      code: 'STORAGE_UNREADABLE',
      remedy: expect.stringMatching(/Close and open again/),
    });
    expect((await stores.customer.findOne('patched-1').exec(true)).phone).toBe('phone of patched-1');
    expect(stores.damageReports()).toEqual([]);
  }
  const found = await openAndExchange(place);
  expect([...found.missing]).toEqual([]);
  expect(found.reports).toMatchObject([{ salvaged: ALL.length, lost: [] }]);
});

test('a check on demand finds a sound file sound; of a damaged one it says what is wrong, and it is salvaged at the next opening', async () => {
  await using place = await prepared.copy();
  closedCleanly(place);
  {
    await using replica = await place.open();
    expect(await replica.stores.checkFile()).toEqual({ sound: true, problems: [] });
  }
  const pages = pageCount(place.database);
  const connection = new Database(place.database, { readonly: true });
  const root = Number(
    connection
      .prepare("SELECT rootpage FROM sqlite_schema WHERE type = 'index' AND name LIKE '%tombstones'")
      .pluck()
      .get(),
  );
  connection.close();
  expect(root).toBeLessThanOrEqual(pages);
  overwrite(place.database, { start: (root - 1) * PAGE, length: PAGE }, zeros);
  {
    await using replica = await place.open();
    const { sound, problems } = await replica.stores.checkFile();
    expect([sound, problems.length > 0]).toEqual([false, true]);
    expect(replica.stores.damageReports()).toEqual([]);
  }
  const found = await openAndExchange(place);
  expect([...found.missing]).toEqual([]);
  expect(found.reports).toMatchObject([{ lost: [], mayLackMore: false }]);
});

test('a report stays until it is dismissed, also over openings, and is told by a warning of the process', async () => {
  await using place = await prepared.copy();
  checkpointed(place);
  overwrite(place.database, { start: 0, length: 100 }, zeros);
  const warnings: string[] = [];
  const listen = (warning: Error & { code?: string }) => {
    if (warning.code === 'DATASTORES_DAMAGE') warnings.push(warning.message);
  };
  process.on('warning', listen);
  try {
    for (const _ of [1, 2]) {
      await using replica = await place.open();
      expect(replica.stores.damageReports()).toHaveLength(1);
    }
    {
      await using replica = await place.open();
      replica.stores.dismissDamageReports();
      expect(replica.stores.damageReports()).toEqual([]);
    }
    await using replica = await place.open();
    expect(replica.stores.damageReports()).toEqual([]);
    expect(keptIn(place.folder).length, 'what is kept of the damaged file stays').toBeGreaterThan(0);
  } finally {
    process.off('warning', listen);
  }
  expect(warnings).toEqual([expect.stringMatching(/110 saved, 0 moved to the rejected list, 0 lost/)]);
});

test('edits of a datastore that the application does not declare are saved too, and pushed when it does', async () => {
  await using place = await prepared.copy();
  checkpointed(place);
  overwrite(place.database, { start: 0, length: 100 }, zeros);
  const only = { folder: place.folder, datastores: [inventory] as readonly Datastore[], drainMs: false } as const;
  const stores = await openDatastores(only);
  expect(stores.damageReports()).toMatchObject([{ salvaged: ALL.length, lost: [] }]);
  expect(await firstValueFrom(stores.unpushed$)).toBe(ALL.length);
  await stores.close();
  const found = await openAndExchange(place);
  expect([...found.missing]).toEqual([]);
});

test('edits of an older schema are saved into the declared one', async () => {
  using folder = temporaryFolder();
  const text = { type: 'string' } as const;
  const old = defineDatastore({
    name: 'contact',
    schema: { type: 'object', properties: { name: text, tel: text }, required: ['name'] },
  });
  const current = defineDatastore({
    name: 'contact',
    version: 1,
    schema: { type: 'object', properties: { name: text, phone: text }, required: ['name'] },
    versions: {
      1: {
        up: ({ tel, ...document }) => ({ ...document, ...(tel === undefined ? {} : { phone: tel }) }),
        down: ({ phone, ...document }) => ({ ...document, ...(phone === undefined ? {} : { tel: phone }) }),
      },
    },
  });
  const before = await openDatastores({ folder: folder.path, datastores: [old], drainMs: false });
  await before.contact.insert({ id: 'a', name: 'Ana', tel: '1' });
  await before.close();
  overwrite(join(folder.path, 'replica.db'), { start: 0, length: 100 }, zeros);
  const after = await openDatastores({ folder: folder.path, datastores: [current], drainMs: false });
  expect(after.damageReports()).toMatchObject([{ salvaged: 1, lost: [] }]);
  expect((await after.contact.findOne('a').exec(true)).toJSON()).toEqual({ id: 'a', name: 'Ana', phone: '1' });
  expect(await firstValueFrom(after.unpushed$)).toBe(1);
  await after.close();
});

test('edits whose journal is lost with the id of the replica are pushed under that id all the same', async () => {
  await using place = await prepared.copy({ pushed: true });
  const [replicaId] = readFileSync(join(place.folder, 'replica.id'), 'utf8').split('\n');
  checkpointed(place);
  const content = readFileSync(place.database);
  for (let number = 2; number <= pageCount(place.database); number += 1) {
    const page = content.subarray((number - 1) * PAGE, number * PAGE);
    if (page.includes('|edit|') || page.includes('"kind":"identity"')) {
      overwrite(place.database, { start: (number - 1) * PAGE, length: PAGE }, zeros);
    }
  }
  await using replica = await place.open();
  expect(replica.stores.damageReports()).toMatchObject([{ salvaged: EDITED.inserted.length, mayLackMore: true }]);
  await exchange(replica.stores);
  const { missing } = await effectOf(place);
  expect([...missing], 'the server had them already').toEqual([]);
  const stored = await place.store.document('main', { datastore: 'customer', id: 'inserted-1' });
  expect(stored?.author).toBe(replicaId);
  expect(replica.stores.replicaId).not.toBe(replicaId);
});

test('a process that dies at any step of putting the new file in place leaves the step to the next one', async () => {
  await using done = await prepared.copy();
  checkpointed(done);
  overwrite(done.database, { start: 0, length: 100 }, zeros);
  const damaged = readFileSync(done.database);
  await (await done.open())[Symbol.asyncDispose]();
  const [salvaged, report] = [
    done.database,
    JSON.parse(readFileSync(join(done.folder, 'replica.damage.json'), 'utf8'))[0],
  ];

  const steps: Readonly<Record<string, (at: (name: string) => string, kept: string) => void>> = {
    'the report written, the new file not complete': (at) => {
      writeFileSync(at('replica.salvage-partial.db'), 'half of a file');
    },
    'the new file complete, the damaged one in its place': (at) => {
      copyFileSync(salvaged, at('replica.salvaged.db'));
    },
    'the log of the damaged file moved': (at, kept) => {
      copyFileSync(salvaged, at('replica.salvaged.db'));
      renameSync(at('replica.db-wal'), `${kept}-wal`);
    },
    'the damaged file moved': (at, kept) => {
      copyFileSync(salvaged, at('replica.salvaged.db'));
      renameSync(at('replica.db-wal'), `${kept}-wal`);
      renameSync(at('replica.db'), kept);
    },
    'the new file in its place, the report not listed': (at, kept) => {
      renameSync(at('replica.db-wal'), `${kept}-wal`);
      renameSync(at('replica.db'), kept);
      copyFileSync(salvaged, at('replica.db'));
    },
  };
  for (const [step, carryOut] of Object.entries(steps)) {
    await using place = await prepared.copy();
    const at = (name: string) => join(place.folder, name);
    writeFileSync(place.database, damaged);
    writeFileSync(at('replica.db-wal'), '');
    const kept = at('replica.damaged-then.db');
    // The folder had another name when that was written.
    const named = join(`${place.folder}-before`, basename(kept));
    writeFileSync(at('replica.salvaged.json'), JSON.stringify({ ...report, kept: [named, `${named}-wal`] }));
    carryOut(at, kept);
    const found = await openAndExchange(place);
    expect([...found.missing], step).toEqual([]);
    expect(found.reports, step).toMatchObject([{ salvaged: ALL.length }]);
    expect(
      keptIn(place.folder).filter((name) => name.endsWith('.db')),
      step,
    ).toHaveLength(1);
    const left = readdirSync(place.folder).filter((name) => name.includes('salvage'));
    expect(left, step).toEqual([]);
  }
});

test('a salvage that cannot be written leaves the damaged file as it was, and succeeds when it can', async () => {
  await using place = await prepared.copy();
  checkpointed(place);
  overwrite(place.database, { start: 0, length: 100 }, zeros);
  const damaged = readFileSync(place.database);
  // Nothing can be created by this name.
  mkdirSync(join(place.folder, 'replica.salvaged.json.new', 'in the way'), { recursive: true });
  await expect(place.open()).rejects.toThrow();
  expect(readFileSync(place.database).equals(damaged)).toBe(true);
  expect(existsSync(lockOf(place)), 'the folder is free again').toBe(false);
  rmSync(join(place.folder, 'replica.salvaged.json.new'), { recursive: true });
  const found = await openAndExchange(place);
  expect([...found.missing]).toEqual([]);
});

test.each([
  ['goes on as another replica', 'normal', true],
  ['stays the replica that it is', 'full', false],
] as const)('after the machine lost power a replica %s where durability is %s', async (_what, durability, isOther) => {
  using folder = temporaryFolder();
  const open = () => openDatastores({ folder: folder.path, datastores: [customers], durability, drainMs: false });
  const first = await open();
  await first.customer.insert({ id: 'a', name: 'Ana', status: 'active' });
  await first.close();
  const left = (boot: string) => writeFileSync(join(folder.path, 'replica.lock'), `999999999\nclosing\n${boot}\n`);
  const bootId = () => {
    const second = openDatastores({ folder: folder.path, datastores: [customers], durability, drainMs: false });
    return second.then(async (stores) => {
      const [, , boot = ''] = readFileSync(join(folder.path, 'replica.lock'), 'utf8').split('\n');
      await stores.close();
      return boot;
    });
  };
  left(await bootId());
  const killed = await open();
  expect(killed.replicaId, 'killed since the machine was started').toBe(first.replicaId);
  await killed.close();
  left('another start of the machine');
  const later = await open();
  expect(later.replicaId !== first.replicaId).toBe(isOther);
  expect([await firstValueFrom(later.unpushed$), later.damageReports()]).toEqual([1, []]);
  await later.close();
});
