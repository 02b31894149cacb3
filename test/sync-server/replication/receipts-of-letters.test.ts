import { expect, test } from 'vitest';
import type { OutboxRow } from '../../../apps/sync-server/src/store/outbox.ts';
import { openReceiptsPlace } from '../../support/receipts-place.ts';
import { OTHER, type Place, sale, stateOf, wireOf } from './receipts-wire.ts';
import { callerOf, pushRows } from './test-service.ts';

const REFUSED = { outcome: { is: 'rejected', reason: 'no such customer', field: 'name' } } as const;

/** Pushes an edit of a sale from another till, which waits behind the dead letter of the first. */
async function pushBehind(place: Place, base: string | null | undefined) {
  const bert = wireOf(place, OTHER, callerOf('bert'));
  const edit = { id: 's1', base: base ?? null, edit: 1, changed: ['note'], was: {} };
  await pushRows(bert, [{ ...edit, doc: { id: 's1', name: 'Sale', note: 'by bert' } }]);
  await place.engine.idle();
  return bert;
}

async function deadRow(place: Place): Promise<OutboxRow> {
  const [row, ...others] = await place.store.outboxDead({ limit: 2 });
  if (row === undefined || others.length > 0) throw new Error('There is not one dead letter.');
  return row;
}

/** A create that has reached the system and whose answer was lost, given up on before anybody asked for it. */
async function giveUpUnanswered(place: Place) {
  place.erp.hidden.add('k0001');
  place.erp.failPushes('cut-after');
  await pushRows(wireOf(place), [sale('s1')]);
  await expect.poll(() => place.erp.records.size).toBe(1);
  await place.engine.close();
  await place.store.outboxRecover();
  const [row] = await place.store.outboxHeads('erp', { now: Number.MAX_SAFE_INTEGER, limit: 1 });
  const gaveUp = { state: 'dead', attempts: 10, notBefore: 0, error: 'given up', uncertain: true } as const;
  await place.store.write({ scope: 'main' }, () => ({ settle: [{ seq: row?.seq ?? 0, ...gaveUp }], result: null }));
}

test('with the retry of a refused write its receipt waits again, and so does that of the write behind it', async () => {
  await using place = await openReceiptsPlace();
  const anna = wireOf(place);
  place.erp.failPushes(REFUSED);
  const [first] = await pushRows(anna, [sale('s1')]);
  await place.engine.idle();
  const bert = await pushBehind(place, first?.version);
  expect(await stateOf(anna, 's1')).toMatchObject([{ state: 'rejected', reason: 'no such customer', field: 'name' }]);
  expect(await stateOf(bert, 's1')).toEqual([{ system: 'erp', state: 'held' }]);

  // Nobody sends any more: what the receipts say now was written with the retry.
  await place.engine.close();
  await place.store.outboxRetry([{ seq: (await deadRow(place)).seq, state: 'ready' }]);
  expect(await stateOf(anna, 's1')).toEqual([{ system: 'erp', state: 'waiting' }]);
  expect(await stateOf(bert, 's1')).toEqual([{ system: 'erp', state: 'waiting' }]);

  await place.restart();
  await place.engine.pushNow('erp');
  const [key] = place.erp.records.keys();
  expect(await stateOf(wireOf(place), 's1')).toMatchObject([{ state: 'confirmed', reference: key }]);
});

test('the receipt of a write that is asked for before it is repeated says that it was sent', async () => {
  await using place = await openReceiptsPlace();
  await giveUpUnanswered(place);
  expect(await stateOf(wireOf(place), 's1')).toEqual([{ system: 'erp', state: 'held' }]);
  await place.store.outboxRetry([{ seq: (await deadRow(place)).seq, state: 'unknown' }]);
  expect(await stateOf(wireOf(place), 's1')).toEqual([{ system: 'erp', state: 'sent' }]);
});

test('a retry that is refused as a whole leaves every receipt as it was', async () => {
  await using place = await openReceiptsPlace();
  place.erp.failPushes(REFUSED);
  await pushRows(wireOf(place), [sale('s1')]);
  await place.engine.idle();
  const { seq } = await deadRow(place);
  const retry = place.store.outboxRetry([
    { seq, state: 'ready' },
    { seq: seq + 1_000, state: 'ready' },
  ]);
  await expect(retry).rejects.toMatchObject({ code: 'LETTER_UNKNOWN' });
  expect(await stateOf(wireOf(place), 's1')).toMatchObject([{ state: 'rejected', reason: 'no such customer' }]);
});

test('a refused write that is dropped stays refused, and the write behind it goes on', async () => {
  await using place = await openReceiptsPlace();
  const anna = wireOf(place);
  place.erp.failPushes(REFUSED);
  const [first] = await pushRows(anna, [sale('s1')]);
  await place.engine.idle();
  const bert = await pushBehind(place, first?.version);
  await place.engine.drop((await deadRow(place)).writeId);
  await place.engine.idle();
  expect(await stateOf(anna, 's1')).toEqual([
    { system: 'erp', state: 'rejected', reason: 'no such customer', field: 'name' },
  ]);
  expect(await stateOf(bert, 's1')).toMatchObject([{ state: 'confirmed' }]);
});

test('a write that was held is refused once it is dropped, with the reason', async () => {
  await using place = await openReceiptsPlace();
  place.erp.failPushes({ outcome: { is: 'missing' } });
  await pushRows(wireOf(place), [sale('s1')]);
  await place.engine.idle();
  expect(await stateOf(wireOf(place), 's1')).toEqual([{ system: 'erp', state: 'held' }]);
  expect(await place.engine.drop((await deadRow(place)).writeId)).toMatchObject({ is: 'dropped' });
  expect(await stateOf(wireOf(place), 's1')).toEqual([
    { system: 'erp', state: 'rejected', reason: 'It was given up on.' },
  ]);
  expect(place.erp.records.size).toBe(0);
});

test('a write that was to be dropped and is found to have been applied is confirmed, not refused', async () => {
  await using place = await openReceiptsPlace();
  await giveUpUnanswered(place);
  await place.restart();
  expect(await place.engine.drop((await deadRow(place)).writeId)).toMatchObject({ is: 'found' });
  const [key] = place.erp.records.keys();
  expect(await stateOf(wireOf(place), 's1')).toMatchObject([{ state: 'confirmed', reference: key }]);
});
