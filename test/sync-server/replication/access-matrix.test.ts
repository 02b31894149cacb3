import { type Caller, type Poke, PROTOCOL_VERSION, type PushOutcome } from '@datastores/core/protocol';
import { defineDatastore, type JsonDocument } from '@datastores/core/schema';
import { expect, test } from 'vitest';
import type { AccessRulesByDatastore } from '../../../apps/sync-server/src/replication/access-rules.ts';
import { headerOf, insertRow, openService, pullPage, pushRows, type Wire } from './test-service.ts';
import { things } from './thing.ts';

const prices = defineDatastore({ ...things, name: 'price' });

const ACCESS: AccessRulesByDatastore = {
  thing: {
    fields: { note: ['manager', 'clerk'] },
    write: ({ caller, after, before }) => {
      if (after === null) return caller.roles?.includes('manager') ? null : 'Only a manager may delete.';
      return before === null && caller.roles?.includes('guest') ? 'A guest may not insert.' : null;
    },
  },
  price: { scopes: ({ roles, scopes }) => (roles?.includes('manager') ? scopes : []) },
};

const ROLES = ['manager', 'clerk', 'guest', 'nobody'] as const;
type Role = (typeof ROLES)[number];

/** Written down by hand: what each role may do to a document of its scope. */
const MAY: Readonly<Record<Operation, Readonly<Record<'thing' | 'price', readonly Role[]>>>> = {
  read: { thing: ROLES, price: ['manager'] },
  insert: { thing: ['manager', 'clerk', 'nobody'], price: ['manager'] },
  'insert with the field': { thing: ['manager', 'clerk'], price: ['manager'] },
  'change another field': { thing: ROLES, price: ['manager'] },
  'change the field': { thing: ['manager', 'clerk'], price: ['manager'] },
  'remove the field': { thing: ['manager', 'clerk'], price: ['manager'] },
  delete: { thing: ['manager'], price: ['manager'] },
};

type Operation =
  | 'read'
  | 'insert'
  | 'insert with the field'
  | 'change another field'
  | 'change the field'
  | 'remove the field'
  | 'delete';

const STORED: JsonDocument = { id: 'x', name: 'secret', note: 'secret' };
const OPERATIONS = Object.keys(MAY) as Operation[];
const DATASTORES = [things, prices] as const;
const CASES = ROLES.flatMap((role) =>
  DATASTORES.flatMap((datastore) => OPERATIONS.map((operation) => [role, datastore.name, operation] as const)),
);

test.each(CASES)('%s, %s: %s', async (role, name, operation) => {
  await using at = await openService(DATASTORES, { access: ACCESS });
  const datastore = name === 'thing' ? things : prices;
  await put(at, name);
  const caller: Caller = { subject: 'ana', scopes: ['shop'], roles: [role], expiresAt: null };
  const wire: Wire = { service: at.service, caller, datastore, replica: 'r' };
  const may = MAY[operation][name as 'thing' | 'price'].includes(role);
  if (operation === 'read') {
    expect(await seenOn(wire)).toEqual(
      may
        ? { pull: true, digest: true, changes: true, answer: true }
        : { pull: false, digest: false, changes: false, answer: false },
    );
    return;
  }
  const before = await at.store.head('shop');
  const [outcome] = await pushRows(wire, [await rowOf(at, name, operation)]);
  expect(outcome?.is).toBe(may ? 'accepted' : 'rejected');
  if (!may) {
    expect(outcome).toMatchObject({ code: 'WRITE_FORBIDDEN' });
    expect(await at.store.head('shop')).toEqual(before);
  }
});

test('a document of a foreign scope or datastore is answered as one that is not there', async () => {
  await using at = await openService(DATASTORES, { access: ACCESS });
  await put(at, 'thing', 'other');
  await put(at, 'price');
  const caller: Caller = { subject: 'ana', scopes: ['shop'], roles: ['clerk'], expiresAt: null };
  for (const datastore of DATASTORES) {
    const wire: Wire = { service: at.service, caller, datastore, replica: 'r' };
    const answers: PushOutcome[] = [];
    for (const id of ['x', 'y']) answers.push(...(await pushRows(wire, [insertRow({ id, name: 'mine' })])));
    const [there, missing] = answers.map((answer) => ({ ...answer, id: 'same', version: null }));
    expect(there).toEqual(missing);
    expect(JSON.stringify(answers)).not.toContain('secret');
  }
});

test('a rule that throws lets nothing through, and one that names what is no scope is refused with the remedy', async () => {
  const access: AccessRulesByDatastore = {
    thing: {
      write: () => {
        throw new Error('a bug in the rule');
      },
    },
    price: { scopes: () => ['@systems'] },
  };
  await using at = await openService(DATASTORES, { access });
  const caller: Caller = { subject: 'ana', scopes: ['shop'], roles: [], expiresAt: null };
  const wire: Wire = { service: at.service, caller, datastore: things, replica: 'r' };
  expect(await pushRows(wire, [insertRow({ id: 'y', name: 'mine' })])).toMatchObject([{ code: 'SERVER_FAILED' }]);
  expect((await at.store.head('shop')).position.seq).toBe(0);
  await expect(pullPage({ ...wire, datastore: prices })).rejects.toMatchObject({
    code: 'FORBIDDEN',
    remedy: expect.stringContaining('access.price.scopes'),
  });
});

type At = Awaited<ReturnType<typeof openService>>;

async function put(at: At, name: string, scope = 'shop') {
  const write = { datastore: name, id: 'x', schemaVersion: 0, author: '@erp', base: null, from: null };
  await at.store.write({ scope }, () => ({ documents: [{ ...write, body: JSON.stringify(STORED) }], result: null }));
}

async function rowOf(at: At, datastore: string, operation: Operation) {
  if (operation === 'insert') return insertRow({ id: 'new', name: 'mine' });
  if (operation === 'insert with the field') return insertRow({ id: 'new', name: 'mine', note: 'mine' });
  const stored = await at.store.document('shop', { datastore, id: 'x' });
  const row = { id: 'x', base: stored?.version ?? null, scope: 'shop', edit: 1 };
  if (operation === 'delete') return { ...row, changed: [], was: {}, doc: null };
  if (operation === 'change another field')
    return { ...row, changed: ['name'], was: { name: 'secret' }, doc: { ...STORED, name: 'mine' } };
  if (operation === 'change the field')
    return { ...row, changed: ['note'], was: { note: 'secret' }, doc: { ...STORED, note: 'mine' } };
  return { ...row, changed: ['note'], was: { note: 'secret' }, doc: { id: 'x', name: 'secret' } };
}

/** On which ways the caller gets to see the stored document. */
async function seenOn(wire: Wire) {
  const { service, caller, datastore } = wire;
  const request = { protocol: PROTOCOL_VERSION, datastores: { [datastore.name]: 0 } };
  const stream = service.changes(request, caller, new AbortController().signal)[Symbol.asyncIterator]();
  const first: Poke = (await stream.next()).value;
  const page = await pullPage(wire);
  const asked = { checkpoint: null, split: [''], list: [''], wanted: '', doubted: ['x'] };
  const digest = await service.digest({ ...headerOf(wire), ...asked }, caller);
  // An insert of an id that is there is answered with the state it has met.
  const answer = await pushRows(wire, [insertRow({ id: 'x', name: 'mine' })]);
  return {
    pull: page.documents.includes('secret'),
    digest: JSON.stringify(digest).includes('secret'),
    changes: first.steps.some(({ scope }) => scope === 'shop'),
    answer: JSON.stringify(answer).includes('secret'),
  };
}
