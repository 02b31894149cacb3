// Values from outside were made into texts by their own toString, which threw where that was no function.
import type { Notice } from '@datastores/sync-server/connector';
import { expect, test } from 'vitest';
import { tellRow } from '../../apps/sync-server/src/connectors/files/record.ts';
import { noticesProblem } from '../../apps/sync-server/src/reconcile/take-notices.ts';

const ODD = JSON.parse('{"toString":1,"valueOf":null}') as Record<string, never>;

test('a notice whose stream is an object is refused in words', () => {
  const notices = [{ id: null, stream: ODD, keys: [] }] as unknown as readonly Notice[];
  expect(noticesProblem(notices, new Set(['items']))).toBe('The stream of a notice is not a text.');
});

test('a line of a file whose operation is an object is a record like any other', () => {
  const operation = { field: 'op', delete: ['D'] };
  const inbox = { delta: '*.jsonl', operation } as const;
  const row = { line: 1, text: '', values: { id: 'k1', op: ODD, name: 'Nail' } };
  const told = tellRow({ format: { is: 'jsonl' }, key: 'id', inbox } as never, 'delta', row as never);
  expect(told).toEqual({ is: 'put', key: 'k1', data: { id: 'k1', name: 'Nail' } });
});
