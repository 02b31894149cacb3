import { systemClock } from '@datastores/sync-server';
import { SystemError } from '@datastores/sync-server/connector';
import { expect, test } from 'vitest';
import { articleBinding } from '../../support/engine.ts';
import { createNastySystem } from '../../support/nasty-system.ts';
import { tokenFor } from '../http/test-server.ts';
import { serverWithCommands } from './command-line.ts';

/** A server with one system that both agree with, and a command line beside it. */
async function opened() {
  const erp = createNastySystem({ digests: true });
  for (let index = 0; index < 20; index += 1) erp.insert(`a${10 + index}`, { name: `Article ${index}`, price: 1 });
  const binding = articleBinding();
  const place = await serverWithCommands({
    datastores: [binding.datastore],
    systems: { erp: { connector: erp.connector } },
    bindings: [binding],
  });
  const run = (command: string, more = '') => place.run(...`${command} ${more}`.trim().split(' '));
  return { ...place, erp, run };
}

test('reconcile tells what differs by field, changes nothing without --repair, and repairs with it', async () => {
  await using place = await opened();
  const { erp, at, run } = place;
  erp.editUnseen('a11', { price: 7 });
  const before = await at.server.store.head('main');
  const looked = await run('reconcile erp items');
  expect(looked.code).toBe(3);
  expect(looked.out).toContain('erp/items: 19 same, 1 different, 0 missing here, 0 missing there');
  expect(looked.out).toContain('record a11, document items-a11 (repair: pull)');
  expect(looked.out).toContain('price: here 1, there 7 (pull)');
  expect(looked.out).toMatch(/cost {9}\d+ calls, \d+ records, \d+ bytes, \d+ ranges, \d+ digests/);
  expect(await at.server.store.head('main')).toEqual(before);
  expect((await run('status')).out).toContain('compared   erp/items');

  const repaired = await run('reconcile erp', '--repair --json');
  expect(repaired.code).toBe(0);
  expect(JSON.parse(repaired.out)).toMatchObject([
    {
      system: 'erp',
      stream: 'items',
      running: false,
      error: null,
      comparison: { repairs: true, fields: { price: 1 } },
    },
  ]);
  expect((await run('reconcile erp', '--full')).out).toContain('20 same, 0 different');
});

test('what cannot be compared is refused with the names that can', async () => {
  await using place = await opened();
  const unknown = await place.run('reconcile crm');
  expect(unknown.code).toBe(1);
  expect(unknown.err).toContain('There is no system "crm".');
  expect(unknown.err).toContain('"erp"');
  expect((await place.run('reconcile erp things')).err).toContain('no bound stream "things"');
  expect((await place.run('reconcile')).code).toBe(2);
});

test('a comparison that is stopped by an outage says why', async () => {
  await using place = await opened();
  place.erp.outage = new SystemError('down', 'connection refused');
  const { code, out } = await place.run('reconcile erp items');
  expect(code).toBe(3);
  expect(out).toContain('stopped: down: connection refused');
  // Now it is known to be down, and is asked for a sign of life first.
  const again = await place.run('reconcile erp items', '--repair');
  expect(again.code).toBe(3);
  expect(again.out).toContain('stopped: down: connection refused');
});

test('whoever stops waiting leaves the comparison to the server', async () => {
  await using place = await opened();
  const { digest } = place.erp.connector.streams.items ?? {};
  if (!digest) throw new Error('there is no digest');
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  Object.assign(place.erp.connector.streams.items ?? {}, {
    digest: async (...args: Parameters<typeof digest>) => {
      await held;
      return digest(...args);
    },
  });
  const waiting = place.run('reconcile erp');
  const { reconciler } = place.at.server;
  while (!(await reconciler.comparisons({ system: 'erp' }))[0]?.running) await systemClock.sleep(10);
  place.stop();
  expect((await waiting).code).toBe(130);
  goOn();
  while ((await reconciler.comparisons({ system: 'erp' }))[0]?.running) await systemClock.sleep(10);
  expect((await reconciler.comparisons({ system: 'erp' }))[0]?.comparison).toMatchObject({ counts: { same: 20 } });
});

test('the routes are for the role admin only, and refuse what they do not know', async () => {
  await using place = await opened();
  const ask = async (body: object, roles: readonly string[]) => {
    const headers = { authorization: `Bearer ${await tokenFor({ roles })}`, 'content-type': 'application/json' };
    return fetch(`${place.at.url}/reconcile`, { method: 'POST', headers, body: JSON.stringify(body) });
  };
  expect((await ask({ system: 'erp' }, [])).status).toBe(403);
  const refused = await ask({ system: 'erp', repairs: true }, ['admin']);
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({ error: { code: 'REQUEST_INVALID' } });
  expect((await fetch(`${place.at.url}/reconcile?system=erp`)).status).toBe(401);
  expect((await ask({ system: 'erp' }, ['admin'])).status).toBe(202);
});
