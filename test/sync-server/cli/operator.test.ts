import { canonicalJson, productCatalog } from '@datastores/core/schema';
import { type Binding, createSyncServer, realTime, silentLog } from '@datastores/sync-server';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';
import { createNastySystem } from '../../support/nasty-system.ts';
import { SECRET, tokenFor } from '../http/test-server.ts';
import { createTerminal } from './terminal.ts';

const binding: Binding = {
  system: 'erp',
  stream: 'items',
  datastore: productCatalog,
  mapping: 1,
  toDocument: (record) => ({ ...record }),
  toRecord: (patch) => ({ ...patch }) as ReturnType<NonNullable<Binding['toRecord']>>,
  fields: {
    sku: { from: 'there' },
    name: { merge: 'there' },
    status: { from: 'there' },
    description: { from: 'here' },
  },
  strategies: [realTime({ pollMs: 60_000 })],
};

/** A server with one system, and the command line of its operator. */
async function openOperator() {
  const folder = temporaryFolder();
  const erp = createNastySystem();
  erp.insert('p1', { sku: 'P-1', name: 'Nail', status: 'active' });
  const server = await createSyncServer(
    {
      dataFolder: folder.path,
      auth: { secret: SECRET },
      server: { port: 0 },
      systems: { erp: { connector: erp.connector } },
      bindings: [binding],
    },
    { log: silentLog },
  );
  const { url } = await server.listen();
  await server.reconciler.idle();
  const environment = { DATASTORES_TOKEN: await tokenFor({ roles: ['admin'] }), DATASTORES_AUTH_SECRET: SECRET };
  const terminal = createTerminal({ folder: folder.path, environment });
  const run = (command: string) => terminal.run(...command.split(' '), '--url', url);
  const edit = async (id: string, patch: Readonly<Record<string, string>>) => {
    const key = { datastore: 'product', id };
    await server.store.write({ scope: 'main', documents: [key] }, (current) => {
      const stored = current.document(key);
      const body = canonicalJson({ ...JSON.parse(stored?.body ?? '{}'), ...patch, id });
      const base = stored?.version ?? null;
      const { version: schemaVersion } = productCatalog;
      return { documents: [{ ...key, body, schemaVersion, author: 'till-1', base, from: null }], result: null };
    });
    await server.reconciler.idle();
  };
  return {
    erp,
    server,
    url,
    run,
    edit,
    [Symbol.asyncDispose]: async () => {
      await server.close();
      folder[Symbol.dispose]();
    },
  };
}

test('explain says in plain sentences what a document is, who decides its fields, and how it came to be so', async () => {
  await using at = await openOperator();
  await at.edit('items-p1', { description: 'Steel', name: 'Our nail' });
  at.erp.edit('p1', { name: 'Their nail' });
  await at.server.reconciler.pullNow('erp');
  const { code, out } = await at.run('explain product items-p1');
  expect(code).toBe(0);
  expect(out).toContain('product items-p1 (scope main)');
  expect(out).toContain('sku = "P-1"');
  expect(out).toContain('owned by erp/items; between replicas server-wins');
  expect(out).toMatch(/description = "Steel"\n {4}from replica till-1 at [-0-9: ]+Z\n {4}from:here with erp\/items/);
  expect(out).toMatch(/name = "Their nail"\n {4}from erp at [-0-9: ]+Z, by merge:there/);
  expect(out).toContain('erp/items: record p1, version');
  const order = [
    'Record of erp made it',
    'replica till-1 changed it: accepted.',
    'name: "Nail" → "Our nail"',
    'erp/items applied the update',
    'Record p1 of erp/items brought changes.',
    'name: "Our nail" → "Their nail", by merge:there',
  ];
  const places = order.map((sentence) => out.replace('A record', 'Record').indexOf(sentence));
  expect(places.every((place) => place > 0)).toBe(true);
  expect([...places].sort((a, b) => a - b)).toEqual(places);
});

test('explain of a field tells only what concerns it, and prints JSON on request', async () => {
  await using at = await openOperator();
  await at.edit('items-p1', { description: 'Steel' });
  await at.edit('items-p1', { name: 'Our nail' });
  const { out } = await at.run('explain product items-p1 description');
  expect(out).toContain('nothing → "Steel"');
  expect(out).not.toContain('Our nail');
  const json = JSON.parse((await at.run('explain product items-p1 name --json')).out);
  expect(json).toMatchObject({
    ...{ datastore: 'product', id: 'items-p1', scope: 'main', document: { deleted: false } },
    fields: [{ field: 'name', value: 'Our nail', origin: { by: 'till-1' }, systems: [{ rule: 'merge:there' }] }],
    links: [{ system: 'erp', key: 'p1' }],
    history: [{ kind: 'pulled' }, { kind: 'accepted' }, { kind: 'applied', sent: { name: 'Our nail' } }],
  });
});

test('what is not there is a clear error with an exit code', async () => {
  await using at = await openOperator();
  const wrong: readonly [string, number, string][] = [
    ['explain product nothing', 1, 'DOCUMENT_UNKNOWN: There is no product "nothing"'],
    ['explain products items-p1', 1, 'DATASTORE_UNKNOWN: This server does not serve "products"'],
    ['explain product items-p1 colour', 1, 'Nothing is known of a field "colour". Use one of description, name'],
    ['explain product items-p1 --scope elsewhere', 1, 'in the scope "elsewhere"'],
    ['explain product items-p1 --token nonsense', 4, 'TOKEN_INVALID'],
    ['explain product', 2, "missing required argument 'id'"],
    ['retry 0198-nothing', 1, 'LETTER_UNKNOWN: There is no dead letter "0198-nothing"'],
    ['retry', 1, 'Say which dead letters to retry'],
    ['retry x --all', 1, 'in one way'],
    ['found 0198-nothing', 2, "missing required argument 'key'"],
    ['found 0198-nothing k1', 1, 'LETTER_UNKNOWN'],
    ['drop 0198-nothing', 1, 'Add --yes if that is meant'],
    ['drop 0198-nothing --yes', 1, 'LETTER_UNKNOWN'],
  ];
  for (const [command, code, says] of wrong) {
    const said = await at.run(command);
    expect([command, said.code]).toEqual([command, code]);
    expect(said.err.replaceAll(/\s+/g, ' ')).toContain(says);
  }
});

test('dead letters are listed, retried and dropped from the command line', async () => {
  await using at = await openOperator();
  expect((await at.run('dlq')).out).toBe('There are no dead letters.\n');
  const refusal = { outcome: { is: 'rejected', reason: 'too long', field: 'description' } } as const;
  at.erp.failPushes(refusal);
  await at.edit('items-p1', { description: 'Far too long' });
  const [letter] = JSON.parse((await at.run('dlq --json --system erp')).out);
  const listed = (await at.run('dlq')).out;
  expect(listed).toContain(`${letter.writeId}  erp/items  product items-p1  since `);
  expect(listed).toContain('update of description, 1 attempt (field description): description: too long');
  expect((await at.run('explain product items-p1')).out).toContain('Dead letter for erp/items of description');
  at.erp.failPushes(refusal);
  expect(await at.run('retry --system erp')).toMatchObject({ code: 0, out: '1 dead letter goes again.\n' });
  await at.server.reconciler.idle();
  expect(JSON.parse((await at.run('dlq --json')).out)).toMatchObject([{ writeId: letter.writeId }]);
  expect((await at.run(`drop ${letter.writeId}`)).code).toBe(1);
  const dropped = await at.run(`drop ${letter.writeId} --yes`);
  expect(dropped).toMatchObject({ code: 0, out: 'Dropped. The document has what the system says.\n' });
  expect((await at.run('dlq')).out).toBe('There are no dead letters.\n');
  const { out } = await at.run('explain product items-p1 description');
  expect(out).toContain(`The operator retried the write ${letter.writeId} for erp/items.`);
  expect(out).toContain('description: "Far too long" → nothing');
});

test('records that are set aside are listed', async () => {
  await using at = await openOperator();
  expect((await at.run('parked')).out).toBe('No record waits, and none is set aside.\n');
  at.erp.edit('p1', { name: null });
  await at.server.reconciler.pullNow('erp');
  expect((await at.run('parked')).out).toMatch(/^erp\/items p1 {2}set aside since .*name/);
  expect((await at.run('explain product items-p1')).out).toContain('Record p1 of erp/items is set aside:');
});

test('the routes of the operator are for the role admin only, and refuse what they cannot read', async () => {
  await using at = await openOperator();
  const call = async (path: string, token: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const init = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(`${at.url}${path}`, init);
    return { status: response.status, body: (await response.json()) as { error?: { code: string; message: string } } };
  };
  const [plain, admin] = [await tokenFor(), await tokenFor({ roles: ['admin'] })];
  const explain = '/explain?datastore=product&id=items-p1';
  for (const [path, body] of [
    [explain],
    ['/letters'],
    ['/unused'],
    ['/letters/retry', { all: true }],
    ['/letters/found', { writeId: 'x', key: 'k' }],
    ['/letters/drop', { writeId: 'x' }],
  ] as const) {
    expect([path, (await call(path, plain, body)).status]).toEqual([path, 403]);
  }
  expect((await call(explain, admin)).status).toBe(200);
  expect((await call('/explain?datastore=product', admin)).body.error).toMatchObject({
    code: 'REQUEST_INVALID',
    message: expect.stringContaining('id'),
  });
  expect((await call('/letters/retry', admin, { all: true, everything: 1 })).status).toBe(400);
  expect((await call('/letters/retry', admin, { writeIds: [] })).status).toBe(400);
  expect((await call('/letters/drop', admin, { writeId: 'x' })).status).toBe(404);
});
