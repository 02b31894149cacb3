import { isScopeFor, PROTOCOL_VERSION, receiptId, receiptsScope } from '@datastores/core/protocol';
import { systemStates, writeReceipts } from '@datastores/core/schema';
import { expect, test } from 'vitest';
import { SystemError } from '../../../apps/sync-server/src/connectors/connector.ts';
import { openReceiptsPlace, saleBinding } from '../../support/receipts-place.ts';
import { OTHER, receiptsOf, sale, stateOf, TILL, wireOf } from './receipts-wire.ts';
import { callerOf, headerOf, pullPage, pushRows, type Wire } from './test-service.ts';

test('a write towards a system waits, and is confirmed with the key of the record there', async () => {
  await using place = await openReceiptsPlace();
  const wire = wireOf(place);
  place.erp.outage = new SystemError('down', 'connection refused');
  await pushRows(wire, [sale('s1')]);
  await place.engine.idle();
  expect(await stateOf(wire, 's1')).toMatchObject([{ system: 'erp', state: 'waiting' }]);

  place.erp.outage = null;
  await place.engine.pushNow('erp');

  const [key] = place.erp.records.keys();
  expect(await stateOf(wire, 's1')).toMatchObject([{ state: 'confirmed', reference: key }]);
  expect(await receiptsOf(wire)).toMatchObject([{ datastore: 'sale', documentId: 's1', settled: true }]);
});

test('a write that no system is told of has no receipt, and costs none', async () => {
  await using place = await openReceiptsPlace({ bindings: [] });
  const wire = wireOf(place);
  await pushRows(wire, [sale('s1')]);

  expect(await receiptsOf(wire)).toEqual([]);
  expect((await place.store.head(receiptsScope(TILL))).position.seq).toBe(0);
});

test('what the system refuses is told with reason and field, and the next write has its own fate', async () => {
  await using place = await openReceiptsPlace();
  const wire = wireOf(place);
  place.erp.failPushes({ outcome: { is: 'rejected', reason: 'no such customer', field: 'name' } });
  const [outcome] = await pushRows(wire, [sale('s1')]);
  await place.engine.idle();
  expect(await stateOf(wire, 's1')).toMatchObject([{ state: 'rejected', reason: 'no such customer', field: 'name' }]);

  const next = { id: 's1', base: outcome?.version ?? null, edit: 2, changed: ['name'], was: { name: 'Sale' } };
  await pushRows(wire, [{ ...next, doc: { id: 's1', name: 'Sale 2' } }]);
  await place.engine.idle();

  expect(await stateOf(wire, 's1')).toEqual([{ system: 'erp', state: 'held' }]);
});

test('a write whose fate nobody can tell is held, and not called refused', async () => {
  await using place = await openReceiptsPlace({ erp: { finds: false, traits: { creates: 'unsafe' } } });
  const wire = wireOf(place);
  place.erp.failPushes('cut-after');
  await pushRows(wire, [sale('s1')]);
  await place.engine.idle();
  expect(await stateOf(wire, 's1')).toEqual([{ system: 'erp', state: 'sent' }]);
  await place.engine.pushNow('erp');
  await place.restart();
  await place.engine.pushNow('erp');
  await expect.poll(() => stateOf(wireOf(place), 's1'), { timeout: 5_000 }).toEqual([{ system: 'erp', state: 'held' }]);
});

test('coalesced writes of several replicas each get their receipt, and a later write waits for its own turn', async () => {
  await using place = await openReceiptsPlace();
  const [anna, bert] = [wireOf(place), wireOf(place, OTHER, callerOf('bert'))];
  place.erp.outage = new SystemError('down', 'connection refused');
  const [first] = await pushRows(anna, [sale('s1')]);
  const edit = { id: 's1', base: first?.version ?? null, edit: 1, changed: ['note'], was: {} };
  await pushRows(bert, [{ ...edit, doc: { id: 's1', name: 'Sale', note: 'by bert' } }]);
  await place.engine.idle();
  expect(await stateOf(anna, 's1')).toMatchObject([{ state: 'waiting' }]);
  expect(await stateOf(bert, 's1')).toMatchObject([{ state: 'waiting' }]);
  place.erp.outage = null;
  await place.engine.pushNow('erp');
  expect(await stateOf(anna, 's1')).toMatchObject([{ state: 'confirmed' }]);
  expect(await stateOf(bert, 's1')).toMatchObject([{ state: 'confirmed' }]);
  expect(place.erp.applied).toHaveLength(1);
});

test('an edit that comes while the one before is on its way is not confirmed by that one', async () => {
  await using place = await openReceiptsPlace();
  const [anna, bert] = [wireOf(place), wireOf(place, OTHER, callerOf('bert'))];
  const [first] = await pushRows(anna, [sale('s1')]);
  // The answer to the create is lost, and with the system its fate.
  place.erp.failPushes('cut-after');
  await place.engine.idle();
  place.erp.outage = new SystemError('down', 'connection refused');
  const edit = { id: 's1', base: first?.version ?? null, edit: 1, changed: ['note'], was: {} };
  await pushRows(bert, [{ ...edit, doc: { id: 's1', name: 'Sale', note: 'by bert' } }]);
  expect(await stateOf(bert, 's1')).toMatchObject([{ state: 'waiting' }]);
  place.erp.outage = null;
  await place.engine.pushNow('erp');
  await place.engine.pushNow('erp');
  await place.engine.idle();
  await expect.poll(() => stateOf(bert, 's1')).toMatchObject([{ state: 'confirmed' }]);
  expect(await stateOf(anna, 's1')).toMatchObject([{ state: 'confirmed' }]);
  expect([...place.erp.records.values()].map(({ data }) => data)).toEqual([{ name: 'Sale', note: 'by bert' }]);
});

test('a repeated push changes no receipt, and one whose write was taken before gets what became of it', async () => {
  await using place = await openReceiptsPlace();
  const wire = wireOf(place);
  await pushRows(wire, [sale('s1')]);
  await place.engine.idle();
  const before = await place.store.head(receiptsScope(TILL));
  await pushRows(wire, [sale('s1')]);
  await pushRows(wire, [sale('s1')]);
  await place.engine.idle();
  expect(await place.store.head(receiptsScope(TILL))).toEqual(before);

  // The same change from another replica finds nothing left to do.
  const bert = wireOf(place, OTHER, callerOf('bert'));
  await pushRows(bert, [sale('s1')]);
  expect(await stateOf(bert, 's1')).toMatchObject([
    { state: 'confirmed', reference: [...place.erp.records.keys()][0] },
  ]);
  expect(place.erp.applied).toHaveLength(1);
});

test('a record that was deleted over there before the write came confirms nothing', async () => {
  await using place = await openReceiptsPlace();
  const wire = wireOf(place);
  const [first] = await pushRows(wire, [sale('s1')]);
  await place.engine.idle();
  const [key] = place.erp.records.keys();
  place.erp.removeUnseen(key as string);
  const edit = { id: 's1', base: first?.version ?? null, edit: 2, changed: ['note'], was: {} };
  await pushRows(wire, [{ ...edit, doc: { id: 's1', name: 'Sale', note: 'late' } }]);
  await place.engine.idle();
  await place.engine.pushNow('erp');
  expect(await stateOf(wire, 's1')).toEqual([{ system: 'erp', state: 'held' }]);
});

test('only the replica and subject that made a write may read its receipts', async () => {
  await using place = await openReceiptsPlace();
  const anna = wireOf(place);
  await pushRows(anna, [sale('s1')]);

  await expect(receiptsOf({ ...anna, caller: callerOf('mallory') })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect(await receiptsOf(wireOf(place, OTHER))).toEqual([]);
  const header = headerOf({ datastore: writeReceipts });
  const nobody = place.service.pull({ ...header, checkpoint: null, maxRows: 1, maxBytes: 1 }, anna.caller);
  await expect(nobody).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  const ask = { ...header, replica: TILL, checkpoint: null, split: [''], list: [], wanted: '', doubted: [] };
  await expect(place.service.digest(ask, callerOf('mallory'))).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

test('no token opens the scopes of the server', async () => {
  await using place = await openReceiptsPlace();
  await pushRows(wireOf(place), [sale('s1')]);
  for (const scope of [receiptsScope(TILL), '@systems']) {
    const wire = wireOf(place, OTHER, callerOf('mallory', [scope]));
    await expect(pullPage(wire)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  }
});

test('the stream tells of receipts to nobody but their replica', async () => {
  await using place = await openReceiptsPlace();
  const datastores = { sale: 0, [writeReceipts.name]: 0, [systemStates.name]: 0 };
  await pushRows(wireOf(place), [sale('s1')]);
  const first = async (replica: string | undefined, subject: string) => {
    const request = { protocol: PROTOCOL_VERSION, datastores, ...(replica === undefined ? {} : { replica }) };
    for await (const poke of place.service.changes(request, callerOf(subject), new AbortController().signal)) {
      return poke.steps.map(({ scope }) => scope).filter((scope) => isScopeFor(writeReceipts.name, scope));
    }
    return null;
  };
  expect(await first(TILL, 'anna')).toEqual([receiptsScope(TILL)]);
  expect(await first(TILL, 'mallory')).toEqual([]);
  expect(await first(OTHER, 'bert')).toEqual([]);
  expect(await first(undefined, 'anna')).toEqual([]);
});

test('a push to what the server alone writes is refused as a whole', async () => {
  await using place = await openReceiptsPlace();
  for (const datastore of [writeReceipts, systemStates]) {
    const wire: Wire = { ...wireOf(place), datastore };
    await expect(pushRows(wire, [{ ...sale('x'), doc: { id: 'x' } }])).rejects.toMatchObject({
      code: 'DATASTORE_READ_ONLY',
    });
  }
});

test('a copy gets the receipts of what it pushes under the id of another replica, and nobody gives any to a foreign one', async () => {
  await using place = await openReceiptsPlace();
  const anna = wireOf(place);
  await pushRows(wireOf(place, OTHER, callerOf('bert')), [sale('s0')]);
  const push = (reader: string) =>
    place.service.push(
      { ...headerOf(anna), replica: TILL, reader, checkpoint: null, rows: JSON.stringify([sale('s1')]) },
      anna.caller,
    );
  await expect(push(OTHER)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect(await place.store.document('main', { datastore: 'sale', id: 's1' })).toBeNull();
  expect(await push('till-copy')).toMatchObject({ kind: 'done' });
  expect(await stateOf(wireOf(place, 'till-copy'), 's1')).toMatchObject([{ system: 'erp' }]);
  expect(await receiptsOf(anna)).toEqual([]);
});

test('receipts survive a restart in the middle of a write', async () => {
  await using place = await openReceiptsPlace();
  place.erp.failPushes('cut-after');
  await pushRows(wireOf(place), [sale('s1')]);
  await place.engine.idle();
  expect(await stateOf(wireOf(place), 's1')).toMatchObject([{ state: 'sent' }]);
  await place.restart();
  await place.engine.pushNow('erp');
  await expect.poll(() => stateOf(wireOf(place), 's1'), { timeout: 5_000 }).toMatchObject([{ state: 'confirmed' }]);
  expect(place.erp.applied).toHaveLength(1);
});

test('settled receipts go after their time, open ones later, and a new write gets a new one', async () => {
  await using place = await openReceiptsPlace();
  const wire = wireOf(place);
  const [first] = await pushRows(wire, [sale('s1')]);
  await place.engine.idle();
  place.erp.outage = new SystemError('down', 'connection refused');
  await pushRows(wire, [sale('s2')]);
  const later = Date.now() + 1_000;

  expect(await place.store.expireReceipts({ settledBefore: later, before: 0 })).toBe(1);
  expect((await receiptsOf(wire)).map(({ documentId }) => documentId)).toEqual(['s2']);
  expect(await place.store.expireReceipts({ settledBefore: later, before: later })).toBe(1);
  expect(await receiptsOf(wire)).toEqual([]);

  const edit = { id: 's1', base: first?.version ?? null, edit: 2, changed: ['note'], was: {} };
  await pushRows(wire, [{ ...edit, doc: { id: 's1', name: 'Sale', note: 'again' } }]);
  expect(await stateOf(wire, 's1')).toMatchObject([{ state: 'waiting' }]);
});

test('a system that only hears of what it knows gives no receipt for anything else', async () => {
  await using place = await openReceiptsPlace({ bindings: [saleBinding({ creates: false })] });
  const wire = wireOf(place);
  await pushRows(wire, [sale('s1')]);
  expect(await receiptsOf(wire)).toEqual([]);
});

test('the receipt of a document is found whatever its id', () => {
  const long = 'x'.repeat(128);
  const ids = ['a', 'x/y', long, `${long.slice(1)}y`, `${'😀'.repeat(60)}`, `${'😀'.repeat(61)}`];
  const names = ids.map((id) => receiptId('a-datastore-with-a-very-long-nam', id));
  expect(new Set(names).size).toBe(ids.length);
  for (const name of names) expect(name.length).toBeLessThanOrEqual(128);
  for (const name of names) expect(() => encodeURIComponent(name)).not.toThrow();
});
