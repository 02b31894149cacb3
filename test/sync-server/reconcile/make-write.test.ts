import type { JsonObject } from '@datastores/core/schema';
import { expect, test } from 'vitest';
import type { Traits, Write } from '../../../apps/sync-server/src/connectors/connector.ts';
import type { FieldRules } from '../../../apps/sync-server/src/reconcile/field-rules.ts';
import { makeWrite, type WriteCase } from '../../../apps/sync-server/src/reconcile/make-write.ts';
import type { Link } from '../../../apps/sync-server/src/store/link.ts';
import { articleBinding } from '../../support/engine.ts';

const binding = articleBinding();
const rules: FieldRules = new Map(
  Object.entries(binding.fields).map(([field, rule]) => [field, { rule, outranked: false }]),
);
const traits: Traits = {
  order: 'commit',
  deletes: 'feed',
  creates: 'findable',
  guarded: true,
  adds: true,
  batch: { max: 10, fails: 'each' },
};
const link: Link = {
  scope: 'main',
  datastore: 'article',
  id: 'd',
  system: 'erp',
  stream: 'items',
  key: 'k',
  ref: 'r-old',
  base: { name: 'N', price: 1, stock: 10, tag: 't' },
  recordVersion: '7',
  digest: null,
  seen: 0,
  gone: null,
  syncedAt: 0,
};
const ids = { here: (_stream: string, key: string) => key, there: (_stream: string, id: string) => id };
const make = (document: JsonObject | null, over: Partial<WriteCase> = {}) =>
  makeWrite({ writeId: 'w', binding, traits, rules, link, document, ref: 'r-new', ids, ...over });
const written = (document: JsonObject | null, over: Partial<WriteCase> = {}): Write => {
  const decision = make(document, over);
  if (decision.is !== 'write') throw new Error(`expected a write, got ${JSON.stringify(decision)}`);
  return decision.frozen.write;
};
const same = { id: 'd', name: 'N', price: 1, stock: 10, tag: 't' };

test('a document that was never there is created with the fields we may push and a new reference', () => {
  expect(written(same, { link: null })).toEqual({
    id: 'w',
    op: 'create',
    ref: 'r-new',
    data: { name: 'N', stock: 10, tag: 't' },
  });
});

test('a create that was begun keeps the reference it was given', () => {
  expect(written(same, { link: { ...link, key: null, base: {} } })).toMatchObject({ op: 'create', ref: 'r-old' });
});

test('only what differs from the base is told, guarded by the version that the base belongs to', () => {
  expect(written({ ...same, name: 'M' })).toEqual({
    id: 'w',
    op: 'update',
    key: 'k',
    patch: { name: 'M' },
    ifVersion: '7',
  });
});

test('a field that was emptied is told as empty', () => {
  const { tag: _tag, ...without } = same;
  expect(written(without)).toMatchObject({ op: 'update', patch: { tag: null } });
});

test('a quantity travels as the difference, other fields in the same step', () => {
  expect(written({ ...same, stock: 7, name: 'M' })).toEqual({
    id: 'w',
    op: 'add',
    key: 'k',
    amounts: { stock: -3 },
    patch: { name: 'M' },
    ifVersion: '7',
  });
  const named = { ...binding, amountField: (field: string) => `qty_${field}` };
  expect(written({ ...same, stock: 12 }, { binding: named })).toMatchObject({ op: 'add', amounts: { qty_stock: 2 } });
});

test('a quantity of a system that cannot add is set, but only against a version', () => {
  const cannot = { traits: { ...traits, adds: false } };
  expect(written({ ...same, stock: 7 }, cannot)).toMatchObject({ op: 'update', patch: { stock: 7 }, ifVersion: '7' });
  expect(make({ ...same, stock: 7 }, { ...cannot, link: { ...link, recordVersion: null } })).toEqual({
    is: 'read-first',
  });
});

test('an unguarded stream gets no version', () => {
  expect(written({ ...same, name: 'M' }, { traits: { ...traits, guarded: false } })).not.toHaveProperty('ifVersion');
});

test('nothing is told where nothing differs, and a change of a field the system owns is to be taken back', () => {
  expect(make(same)).toEqual({ is: 'nothing', stray: false });
  expect(make({ ...same, price: 99 })).toEqual({ is: 'nothing', stray: true });
});

test('a deletion is told once, and only if the binding deletes', () => {
  expect(written(null)).toEqual({ id: 'w', op: 'delete', key: 'k', ifVersion: '7' });
  expect(make(null, { link: { ...link, gone: 1 } }).is).toBe('nothing');
  expect(make(null, { link: null }).is).toBe('nothing');
  expect(make(null, { link: { ...link, key: null } }).is).toBe('nothing');
  expect(make(null, { binding: { ...binding, deletes: false } }).is).toBe('nothing');
});

test('a record that was deleted over there is not made anew in silence', () => {
  const decision = make({ ...same, name: 'M' }, { link: { ...link, gone: 1 } });
  expect(decision).toMatchObject({ is: 'dead', reason: expect.stringContaining('deleted over there') });
});

test('a binding that does not create or does not push stays silent', () => {
  expect(make(same, { link: null, binding: { ...binding, creates: false } }).is).toBe('nothing');
  const { toRecord: _toRecord, ...readOnly } = binding;
  expect(make({ ...same, name: 'M' }, { binding: readOnly }).is).toBe('nothing');
});

test('a mapping that has nothing to say of a change makes no empty write', () => {
  const silent = { ...binding, toRecord: () => ({}) };
  expect(make({ ...same, name: 'M' }, { binding: silent }).is).toBe('nothing');
});
