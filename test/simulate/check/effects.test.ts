import { expect, test } from 'vitest';
import type { Write } from '../../../apps/sync-server/src/connectors/connector.ts';
import { createEffects } from './effects.ts';

test('a write that is carried out twice is reported, a record that was removed and created anew is not', () => {
  const { effects, applied, found, removedThere } = createScene();
  applied.push(add('1'), create('2', 'a'), add('3'));
  effects.look();
  expect(found).toEqual([]);
  removedThere.add('a');
  applied.push(create('2', 'a'), add('1'));
  effects.look();
  effects.look();
  expect(found).toEqual(['add of erp was carried out twice']);
});

test('a store that went back may send again what was sent after the copy, once', () => {
  const { effects, applied, found } = createScene();
  effects.copied();
  applied.push(add('1'));
  effects.restored(['1']);
  // Sent before the power was cut, and carried out while the server was away.
  applied.push(add('2'));
  effects.started();
  applied.push(add('1'));
  effects.look();
  expect(found).toEqual([]);
  applied.push(add('2'), add('1'));
  effects.look();
  expect(found).toHaveLength(2);
});

test('a store that went back may not send again what it knows of', () => {
  const { effects, applied, found } = createScene();
  applied.push(add('before the copy'));
  effects.copied();
  applied.push(add('under way in the copy'));
  effects.restored(['before the copy']);
  effects.started();
  applied.push(add('before the copy'), add('under way in the copy'));
  effects.look();
  expect(found).toHaveLength(2);
});

test('what is carried out twice before the store goes back is reported, and so is what is after a mere start', () => {
  const { effects, applied, found } = createScene();
  effects.copied();
  applied.push(add('1'), add('1'));
  effects.restored(['1']);
  effects.started();
  expect(found).toHaveLength(1);
  applied.push(add('1'));
  effects.started();
  applied.push(add('1'));
  effects.look();
  expect(found).toHaveLength(2);
});

function createScene() {
  const applied: Write[] = [];
  const found: string[] = [];
  const removedThere = new Set<string>();
  const systems = { erp: { name: 'erp', nasty: { applied } } };
  const effects = createEffects({ systems, removedThere, report: ({ detail }) => void found.push(detail) });
  return { effects, applied, found, removedThere };
}

function add(id: string): Write {
  return { id, op: 'add', key: 'k', amounts: { count: -1 } };
}

function create(id: string, code: string): Write {
  return { id, op: 'create', ref: 'r', data: { code } };
}
