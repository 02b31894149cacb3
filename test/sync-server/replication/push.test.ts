import { defineDatastore, type JsonDocument } from '@datastores/core/schema';
import { expect, test } from 'vitest';
import { callerOf, insertRow, openService, pullPage, pushRows } from './test-service.ts';
import { things } from './thing.ts';

const first: JsonDocument = { id: 'x', name: 'Nail', stock: 10 };

test('several rows of one document meet each other in their order', async () => {
  await using at = await openService([things]);
  const wire = { service: at.service, caller: callerOf('ana'), datastore: things, replica: 'replica-1' };
  const rows = [insertRow(first), insertRow({ ...first, stock: 7 }, 2), insertRow({ id: 'y', name: 'Pin' })];
  const outcomes = await pushRows(wire, rows);
  expect(outcomes.map(({ is, id }) => `${id} ${is}`)).toEqual(['x accepted', 'x accepted', 'y accepted']);
  const { rows: pulled } = await pullPage(wire);
  expect(pulled.map((row) => 'doc' in row && row.doc)).toContainEqual({ ...first, stock: 7 });
});

test('a document of a foreign scope is neither seen, nor changed, nor told from one that is not there', async () => {
  await using at = await openService([things]);
  const mine = { service: at.service, caller: callerOf('ana', ['a']), datastore: things, replica: 'replica-a' };
  const theirs = { ...mine, caller: callerOf('bob', ['b']), replica: 'replica-b' };
  const [inserted] = await pushRows(mine, [insertRow(first)]);
  const change = {
    id: 'x',
    base: inserted?.version ?? '',
    edit: 2,
    changed: ['name'],
    was: { name: 'Nail' },
    doc: { ...first, name: 'Stolen' },
  };
  const [known] = await pushRows(theirs, [change]);
  const [unknown] = await pushRows(theirs, [{ ...change, id: 'z', doc: { ...change.doc, id: 'z' } }]);
  expect(known?.is).toBe(unknown?.is);
  expect((await pullPage(mine)).rows).toMatchObject([{ s: 'a', doc: { name: 'Nail' } }]);
});

test('a change goes to the scope of the stored document, a new one to the first scope of the caller', async () => {
  await using at = await openService([things]);
  const one = { service: at.service, caller: callerOf('ana', ['b']), datastore: things, replica: 'replica-1' };
  const [inserted] = await pushRows(one, [insertRow(first)]);
  const both = { ...one, caller: callerOf('ana', ['z', 'b']) };
  const change = {
    id: 'x',
    base: inserted?.version ?? '',
    edit: 2,
    changed: ['name'],
    was: { name: 'Nail' },
    doc: { ...first, name: 'Peg' },
  };
  await pushRows(both, [change, insertRow({ id: 'y', name: 'Pin' })]);
  const { rows } = await pullPage(both);
  expect(rows).toMatchObject([
    { s: 'b', doc: { id: 'x', name: 'Peg' } },
    { s: 'z', doc: { id: 'y' } },
  ]);
});

test('a document that is nowhere any more is decided where the replica had it', async () => {
  await using at = await openService([things]);
  const one = { service: at.service, caller: callerOf('ana', ['b']), datastore: things, replica: 'replica-1' };
  const [inserted] = await pushRows(one, [insertRow(first)]);
  const version = inserted?.version ?? '';
  await pushRows(one, [{ id: 'x', base: version, edit: 2, changed: [], was: {}, doc: null }]);
  await at.store.compact({ before: Date.now() + 1_000 });
  const both = { ...one, caller: callerOf('ana', ['z', 'b']), replica: 'replica-2' };
  const edit = { edit: 1, changed: ['name'], was: { name: 'Nail' }, doc: { ...first, name: 'Peg' } };
  const [late] = await pushRows(both, [{ ...edit, id: 'x', base: version, scope: 'b' }]);
  expect(late).toMatchObject({ is: 'conflict', code: 'DOCUMENT_DELETED', scope: 'b' });
  // Of a store before this one: it is lost here, and comes back where it was, not to the home of who brings it.
  const [lost] = await pushRows(both, [{ ...edit, id: 'x', base: 'before.7.t', scope: 'b' }]);
  expect(lost).toMatchObject({ is: 'accepted', scope: 'b' });
  const foreign = { ...edit, id: 'y', doc: { ...edit.doc, id: 'y' }, base: 'before.8.t', scope: 'not-ana' };
  expect(await pushRows(both, [foreign])).toMatchObject([{ is: 'accepted', scope: 'z' }]);
});

test('what is refused brings the state on the server along, so that the replica can restore it', async () => {
  await using at = await openService([things]);
  const wire = { service: at.service, caller: callerOf('ana'), datastore: things, replica: 'replica-1' };
  const [inserted] = await pushRows(wire, [insertRow(first)]);
  const change = {
    id: 'x',
    base: inserted?.version ?? '',
    edit: 2,
    changed: ['name'],
    was: { name: 'Nail' },
    doc: { ...first, name: '' },
  };
  const [outcome] = await pushRows(wire, [change]);
  expect(outcome).toMatchObject({ is: 'rejected', code: 'DOCUMENT_INVALID', version: inserted?.version });
  if (outcome?.is !== 'rejected') throw new Error('expected a rejection');
  expect(JSON.parse(outcome.document ?? 'null')).toEqual(first);
  expect(outcome.message).toContain('/name');
});

test('a rule of the declaration that throws stops its own row alone, and nothing of it is written', async () => {
  const fragile = defineDatastore({
    name: 'fragile',
    schema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } as const,
    conflict: () => {
      throw new Error('a bug in the declaration');
    },
  });
  await using at = await openService([fragile]);
  const wire = { service: at.service, caller: callerOf('ana'), datastore: fragile, replica: 'replica-1' };
  const [inserted] = await pushRows(wire, [insertRow({ id: 'x', name: 'a' })]);
  const base = inserted?.version ?? '';
  const change = (name: string) => ({
    id: 'x',
    base,
    edit: 2,
    changed: ['name'],
    was: { name: 'a' },
    doc: { id: 'x', name },
  });
  await pushRows(wire, [change('b')]);
  const outcomes = await pushRows({ ...wire, replica: 'replica-2' }, [change('c'), insertRow({ id: 'y', name: 'y' })]);
  expect(outcomes).toMatchObject([{ is: 'rejected', code: 'SERVER_FAILED' }, { is: 'accepted' }]);
  expect(JSON.stringify(outcomes)).not.toContain('a bug in the declaration');
  expect((await pullPage(wire)).rows).toMatchObject([{ doc: { id: 'x', name: 'b' } }, { doc: { id: 'y' } }]);
});

test('a replica of the schema before is served in its version, and wipes nothing it cannot see', async () => {
  const properties = { name: { type: 'string' } } as const;
  const before = defineDatastore({ name: 'book', schema: { type: 'object', properties, required: ['name'] } as const });
  const now = defineDatastore({
    name: 'book',
    version: 1,
    schema: {
      type: 'object',
      properties: { title: { type: 'string' }, tags: { type: 'array', items: { type: 'string' } } },
      required: ['title'],
    } as const,
    versions: {
      1: {
        up: ({ name, ...rest }) => ({ ...rest, title: name ?? '' }) as JsonDocument,
        down: ({ title, tags: _tags, ...rest }) => ({ ...rest, name: title ?? '' }) as JsonDocument,
      },
    },
  });
  await using at = await openService([now]);
  const modern = { service: at.service, caller: callerOf('ana'), datastore: now, replica: 'replica-1' };
  const old = { ...modern, datastore: before, replica: 'replica-2', schemaVersion: 0 };
  await pushRows(modern, [insertRow({ id: 'x', title: 'Moby', tags: ['whale'] })]);
  const [row] = (await pullPage(old)).rows;
  expect(row).toMatchObject({ doc: { id: 'x', name: 'Moby' } });
  const change = {
    id: 'x',
    base: row?.v ?? '',
    edit: 2,
    changed: ['name'],
    was: { name: 'Moby' },
    doc: { id: 'x', name: 'Moby Dick' },
  };
  expect(await pushRows(old, [change])).toMatchObject([{ is: 'accepted' }]);
  expect(await pushRows(old, [change])).toMatchObject([{ is: 'accepted' }]);
  expect((await pullPage(modern)).rows).toMatchObject([{ doc: { id: 'x', title: 'Moby Dick', tags: ['whale'] } }]);
});
