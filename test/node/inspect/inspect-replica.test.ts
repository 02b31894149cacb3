import { readdirSync, readFileSync } from 'node:fs';
import { customers } from '@datastores/core';
import { inspectReplica } from '@datastores/node';
import Sqlite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { runCommand } from '../../../apps/sync-server/src/cli/program.ts';
import { systemClock } from '../../../apps/sync-server/src/clock.ts';
import { copyAsKilled } from '../../support/damaged-folder.ts';
import { exchange, startServerWithReplicas } from '../../support/node-replica.ts';

const customer = (id: string) => ({ id, name: `Customer ${id}`, status: 'active' as const });

/** A server, and the folder of a replica that was closed after it had pulled everything. */
async function closedReplica() {
  const place = await startServerWithReplicas([customers]);
  await place.write(customers, ['a', 'b', 'c', 'd'].map(customer));
  {
    await using till = await place.open('till');
    await exchange(till.stores);
  }
  const folder = place.path('till');
  const server = { url: place.url, token: place.token };
  const damage = (sql: string) => {
    const database = new Sqlite(`${folder}/replica.db`);
    const table = database.prepare("SELECT id FROM collections WHERE collection = 'customer'").pluck().get();
    database.prepare(sql.replace('docs', `docs_${table}`)).run();
    database.close();
  };
  return { ...place, folder, server, damage };
}

/** Runs the command line, and says what it printed. */
async function run(...args: readonly string[]) {
  const said = { out: '', err: '' };
  const code = await runCommand(args, {
    environment: {},
    folder: '.',
    clock: systemClock,
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    onStop: () => () => {},
  });
  return { code, ...said };
}

test('a sound replica equals the server, and is left as it was', async () => {
  await using place = await closedReplica();
  const before = readFileSync(`${place.folder}/replica.db`);

  const findings = await inspectReplica(place);

  expect(findings.filter(({ ok }) => !ok)).toEqual([]);
  expect(findings.at(-1)).toMatchObject({ check: 'server: customer', detail: '4 documents equal those of the server' });
  expect(readFileSync(`${place.folder}/replica.db`).equals(before)).toBe(true);
  const { code, out } = await run('doctor', '--replica', place.folder, '--url', place.url, '--token', place.token);
  expect(code).toBe(0);
  expect(out).toContain('4 documents equal those of the server');
});

test('what differs from the server is named, document by document', async () => {
  await using place = await closedReplica();
  place.damage(`UPDATE docs SET data = replace(data, 'Customer a', 'Customer x') WHERE id = 'a'`);
  place.damage(`DELETE FROM docs WHERE id = 'b'`);
  place.damage(`UPDATE docs SET data = substr(data, 1, 9) WHERE id = 'c'`);

  const findings = await inspectReplica(place);

  expect(findings.find(({ check }) => check === 'rows of customer')).toMatchObject({ ok: false });
  const compared = findings.find(({ check }) => check === 'server: customer');
  expect(compared?.differences?.map(({ kind, id }) => `${id} ${kind}`).sort()).toEqual([
    'a changed',
    'b missing',
    'c changed',
  ]);
  const arguments_ = ['doctor', '--replica', place.folder, '--url', place.url, '--token', place.token];
  const { code, out } = await run(...arguments_, '--json');
  expect(code).toBe(1);
  expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(findings)));
  expect((await run(...arguments_)).out).toContain('compares itself with the server and repairs');
});

test('a replica that lacks more than a comparison bears, or whose server is away, is not called sound', async () => {
  await using place = await closedReplica();
  const many = Array.from({ length: 501 }, (_, index) => customer(`n${index}`));
  await place.write(customers, many);

  expect((await inspectReplica(place)).at(-1)).toMatchObject({
    ok: false,
    detail: expect.stringContaining('has to pull'),
  });
  const away = { url: 'http://127.0.0.1:9/trpc', token: 'x' };
  expect((await inspectReplica({ folder: place.folder, server: away })).at(-1)).toMatchObject({
    ok: false,
    detail: expect.stringContaining('SERVER_UNREACHABLE'),
  });
});

test('a folder in use, one without a replica and half an address are refused with what to do', async () => {
  await using place = await closedReplica();
  {
    await using till = await place.open('till', { offline: true });
    await till.stores.customer.insert(customer('new'));
    const { code, err } = await run('doctor', '--replica', place.folder);
    expect(code).toBe(2);
    expect(err).toContain(`FOLDER_LOCKED: The folder ${place.folder} is open in process ${process.pid}.`);
  }
  const nowhere = await run('doctor', '--replica', place.path('nowhere'));
  expect(nowhere).toMatchObject({ code: 2, err: expect.stringContaining('There is no replica in') });
  const half = await run('doctor', '--replica', place.folder, '--url', place.url);
  expect(half).toMatchObject({ code: 2, err: expect.stringContaining('both its url and a token') });
  const local = await run('doctor', '--replica', place.folder);
  expect(local).toMatchObject({ code: 0, out: expect.stringContaining('1 unpushed, 0 rejected, 0 set aside') });
});

test('what a killed process left behind is looked at with its log, and all of it is still there for the next opening', async () => {
  await using place = await closedReplica();
  const killed = place.path('killed');
  {
    await using till = await place.open('till', { offline: true });
    await till.stores.customer.insert(customer('new'));
    copyAsKilled(place.folder, killed);
  }
  const contents = () =>
    readdirSync(killed)
      .filter((name) => !name.endsWith('-shm'))
      .map((name) => [name, readFileSync(`${killed}/${name}`, 'hex')]);
  const before = contents();

  const findings = await inspectReplica({ folder: killed, server: place.server });

  expect(findings.find(({ check }) => check === 'journal')?.detail).toContain('1 unpushed');
  expect(findings.at(-1)).toMatchObject({ ok: true, detail: '4 documents equal those of the server' });
  expect(contents()).toEqual(before);
});
