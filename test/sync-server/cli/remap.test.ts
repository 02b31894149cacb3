import { expect, test } from 'vitest';
import type { Binding } from '../../../apps/sync-server/src/reconcile/binding.ts';
import { articleBinding } from '../../support/engine.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { createNastySystem } from '../../support/nasty-system.ts';
import { tokenFor } from '../http/test-server.ts';
import { serverWithCommands } from './command-line.ts';

/** A server whose mapping was raised, and waits to be let go. */
async function held(toDocument: Binding['toDocument']) {
  const folder = temporaryFolder();
  const erp = createNastySystem();
  for (const key of ['a1', 'a2', 'a3']) erp.insert(key, { name: key, price: 1, net: 7 });
  const serve = (over: Partial<Binding>) => {
    const binding = articleBinding({ keepRecords: true, remap: 'hold', ...over });
    return serverWithCommands({
      dataFolder: folder.path,
      datastores: [binding.datastore],
      systems: { erp: { connector: erp.connector } },
      bindings: [binding],
    });
  };
  const before = await serve({});
  await before[Symbol.asyncDispose]();
  const place = await serve({ mapping: 2, toDocument });
  return {
    ...place,
    [Symbol.asyncDispose]: async () => {
      await place[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

test('remap says what a held mapping would change, and lets it go', async () => {
  await using place = await held(({ name, net }) => ({ name: name ?? null, price: net ?? null }));
  const { run, at } = place;
  const status = await run('status');
  expect(status.code).toBe(3);
  expect(status.out).toContain('mapping held');
  expect((await run('doctor')).out).toMatch(/FAIL {2}mapping erp\/items +was raised and is held/);
  const looked = await run('remap', 'erp', 'items', '--dry-run');
  expect(looked.code).toBe(0);
  expect(looked.out).toBe(
    [
      'erp/items: mapping 1 → 2, held: 3 of 3 documents would change, 0 stay',
      '  price  3',
      '    record a1, document items-a1: 1 → 7',
      '    record a2, document items-a2: 1 → 7',
      '    record a3, document items-a3: 1 → 7',
      '',
    ].join('\n'),
  );
  expect(await run('remap', 'erp')).toMatchObject({ code: 0, out: 'erp/items: mapping 2 is in effect.\n' });
  await at.server.reconciler.idle();
  const stored = await at.server.store.document('main', { datastore: 'article', id: 'items-a2' });
  expect(JSON.parse(String(stored?.body))).toMatchObject({ price: 7 });
  const [after] = JSON.parse((await run('remap', 'erp', '--dry-run', '--json')).out);
  expect(after).toMatchObject({ is: 'applied', mapping: 2, before: 2, preview: { same: 3, changed: 0 } });
});

test('a mapping that could not use a record is unhealthy, and says which', async () => {
  await using place = await held(() => ({ name: 7 }));
  const looked = await place.run('remap', 'erp', '--dry-run');
  expect(looked.code).toBe(3);
  expect(looked.out).toContain('3 could not be used');
  expect(looked.out).toContain('record a1: The mapped document does not fit the schema');
});

test('the routes are for the role admin only, and say what they want', async () => {
  await using place = await held((record) => ({ ...record }));
  const call = async (roles: readonly string[], body?: object) =>
    fetch(`${place.at.url}/remap?system=erp`, {
      headers: { authorization: `Bearer ${await tokenFor({ roles })}`, 'content-type': 'application/json' },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
  expect((await call([])).status).toBe(403);
  expect((await call([], { system: 'erp' })).status).toBe(403);
  expect(await (await call(['admin'])).json()).toMatchObject([{ is: 'held' }]);
  expect((await call(['admin'], { stream: 'items' })).status).toBe(400);
  expect(await (await call(['admin'], { system: 'crm' })).json()).toMatchObject({ error: { code: 'CONFIG_INVALID' } });
});
