import { expect, test } from 'vitest';
import { callerOf, insertRow, openService, pushRows, type Wire } from './test-service.ts';
import { things } from './thing.ts';

const first = { id: 'x', name: 'Nail', note: 'first', stock: 5 };

async function open() {
  const at = await openService([things]);
  const wire = (replica: string): Wire => ({
    service: at.service,
    caller: callerOf('ana'),
    datastore: things,
    replica,
  });
  const [inserted] = await pushRows(wire('replica-a'), [insertRow(first)]);
  const base = inserted?.version ?? null;
  const row = (change: object, edit: number) => ({
    id: 'x',
    base,
    edit,
    guarded: true,
    changed: Object.keys(change),
    was: Object.fromEntries(Object.keys(change).map((field) => [field, first[field as keyof typeof first]])),
    doc: { ...first, ...change },
  });
  const stored = async () =>
    JSON.parse((await at.store.document('main', { datastore: 'thing', id: 'x' }))?.body ?? '{}');
  return { wire, row, stored, base, [Symbol.asyncDispose]: () => at[Symbol.asyncDispose]() };
}

test('a guarded row is taken where the document is as it was made of, and so is its repeat', async () => {
  await using at = await open();
  const row = at.row({ name: 'Bolt' }, 2);
  expect(await pushRows(at.wire('replica-b'), [row])).toMatchObject([{ is: 'accepted' }]);
  expect(await pushRows(at.wire('replica-b'), [row])).toMatchObject([{ is: 'accepted' }]);
  await pushRows(at.wire('replica-a'), [{ ...at.row({ note: 'later' }, 3), guarded: false }]);
  expect(await pushRows(at.wire('replica-b'), [row])).not.toMatchObject([{ is: 'rejected' }]);
  expect(await at.stored()).toMatchObject({ name: 'Bolt', note: 'later' });
});

test('where anything else has changed it is a conflict with the state that there is, and merged with nothing', async () => {
  await using at = await open();
  await pushRows(at.wire('replica-a'), [{ ...at.row({ note: 'theirs' }, 2), guarded: false }]);
  for (const change of [{ name: 'Bolt' }, { stock: 4 }]) {
    const [outcome] = await pushRows(at.wire('replica-b'), [at.row(change, 2)]);
    expect(outcome).toMatchObject({
      is: 'conflict',
      code: 'CHANGE_CONFLICT',
      document: expect.stringContaining('theirs'),
    });
  }
  const deletion = { id: 'x', base: at.base, edit: 3, guarded: true, changed: [], was: {}, doc: null };
  expect(await pushRows(at.wire('replica-b'), [deletion])).toMatchObject([{ is: 'conflict' }]);
  expect(await at.stored()).toEqual({ ...first, note: 'theirs' });
});
