import type { Position } from '@datastores/core/protocol';
import { expect, test } from 'vitest';
import type { LiveChange } from '../../../apps/sync-server/src/replication/live-change.ts';
import { createMailbox, type Piece } from '../../../apps/sync-server/src/replication/mailbox.ts';

const at = (seq: number): Position => ({ epoch: 'e', seq, tag: `t${seq}` });

/** The commit of the numbers from `first` to `last`. */
function commit(first: number, last: number, datastores: readonly string[]): LiveChange {
  return { scope: 'main', after: at(first - 1), first, position: at(last), datastores, rows: async () => null };
}

/** Pieces as `after>to datastores`, with `*` where the commit is there to ask for its rows. */
function told(pieces: readonly Piece[]): string[] {
  return pieces.map(({ scope, after, to, touched, change }) => {
    const place = `${after?.seq ?? '?'}>${to.seq} ${touched.join('+')}${change === null ? '' : '*'}`;
    return scope === 'main' ? place : `${scope} ${place}`;
  });
}

function filled(changes: readonly LiveChange[]): string[] {
  const mailbox = createMailbox((_scope, name) => name === 'product' || name === 'customer');
  for (const change of changes) mailbox.add(change);
  return told(mailbox.take());
}

test('commits are kept apart, each with its rows', () => {
  expect(filled([commit(1, 3, ['product']), commit(4, 4, ['customer', 'product'])])).toEqual([
    '0>3 product*',
    '3>4 customer+product*',
  ]);
});

test('what concerns other datastores is nothing to tell, and joins what comes next or came before', () => {
  const mailbox = createMailbox((_scope, name) => name === 'product');
  expect(mailbox.add(commit(1, 500, ['order']))).toBe(false);
  expect(mailbox.add(commit(501, 502, ['order', 'customer']))).toBe(false);
  expect(mailbox.isWaiting).toBe(false);
  expect(mailbox.add(commit(503, 503, ['product']))).toBe(true);
  expect(mailbox.add(commit(504, 504, ['order']))).toBe(true);
  expect(told(mailbox.take())).toEqual(['0>504 product*']);
  expect(mailbox.isWaiting).toBe(false);
  expect(mailbox.take()).toEqual([]);
});

test('a commit that this server did not hear of leaves a gap: what follows begins nowhere', () => {
  expect(filled([commit(1, 1, ['product']), commit(3, 3, ['product'])])).toEqual(['0>1 product*', '2>3 product*']);
  expect(filled([commit(1, 1, ['order']), commit(3, 3, ['product'])])).toEqual(['?>3 product']);
  expect(filled([commit(1, 1, ['product']), commit(3, 3, ['order'])])).toEqual(['?>3 product']);
  expect(filled([commit(1, 1, ['product']), { ...commit(2, 2, ['order']), after: null }])).toEqual(['?>2 product']);
  const other = { ...commit(2, 2, ['order']), after: { ...at(1), tag: 'other' } };
  expect(filled([commit(1, 1, ['product']), other])).toEqual(['?>2 product']);
});

test('a reader that sleeps costs a few pieces, and for each scope one that is to be pulled', () => {
  const changes = Array.from({ length: 1_000 }, (_, n) => commit(n + 1, n + 1, [n % 2 ? 'product' : 'customer']));
  const others = Array.from({ length: 50 }, (_, n) =>
    [1, 2].map((seq) => ({ ...commit(seq, seq, ['product']), scope: `s${n}` })),
  );
  const pieces = filled([...changes, ...others.flat()]);
  expect(pieces.slice(0, 8)).toEqual([
    ...[1, 2, 3, 4, 5, 6, 7].map((to) => `${to - 1}>${to} ${to % 2 ? 'customer' : 'product'}*`),
    '7>1000 product+customer',
  ]);
  expect(pieces.slice(8)).toEqual(others.map((_, n) => `s${n} 0>2 product`));
});
