import { describe } from 'vitest';
import type { Credit } from '../../../apps/sync-server/src/replication/counters.ts';
import { type Case, conflict, decides, settled, write } from './decision-table.ts';
import { change, input, met, nail, VERSION_3, VERSION_5 } from './thing.ts';

/** The row of `me` that was decided last. The change at hand is the second edit of `me`. */
function decided(edit: number, more: Partial<Credit> = {}): { readonly credit: Credit } {
  return { credit: { base: VERSION_3, edit, refused: false, amounts: {}, ...more } };
}

const mine = { author: 'me', base: VERSION_3 };
const overtaken = conflict('CHANGE_CONFLICT');
const gone = conflict('DOCUMENT_DELETED');

const overtakenByItself: readonly Case[] = [
  {
    when: 'a late change of a field does not undo the newer one',
    given: input(change(VERSION_3, { name: 'Pin' }), met({ ...mine, document: { ...nail, name: 'Peg' } }), decided(3)),
    verdict: overtaken,
  },
  {
    when: 'a late change whose state stands there all the same is done',
    given: input(change(VERSION_3, { name: 'Pin' }), met({ ...mine, document: { ...nail, name: 'Pin' } }), decided(3)),
    verdict: settled,
  },
  {
    when: 'a late count does not lower what was counted since',
    given: input(
      change(VERSION_3, { stock: 9 }),
      met({ ...mine, document: { ...nail, stock: 7 } }),
      decided(3, { amounts: { stock: -3 } }),
    ),
    verdict: overtaken,
  },
  {
    when: 'a late count from a base of before is not counted again',
    given: input(
      change('e1.2.t', { stock: 9 }),
      met({ ...mine, document: { ...nail, stock: 8 } }),
      decided(1, { amounts: { stock: -2 } }),
    ),
    verdict: overtaken,
  },
  {
    when: 'a late change from the version that still stands, which was taken back since, has no effect',
    given: input(change(VERSION_5, { stock: 9 }), met(), decided(3, { base: VERSION_5 })),
    verdict: overtaken,
  },
  {
    when: 'a late change does not undo the deletion that came after it',
    given: input(
      change(VERSION_3, { name: 'Pin' }),
      met({ ...mine, deleted: true, document: { id: 'x' } }),
      decided(3),
    ),
    verdict: gone,
  },
  {
    when: 'a late deletion does not delete what was made anew after it',
    given: input(change(VERSION_3, null), met({ ...mine, document: { id: 'x', name: 'New' } }), decided(3)),
    verdict: overtaken,
  },
  {
    when: 'a late deletion of what was deleted again is done',
    given: input(change(VERSION_3, null), met({ ...mine, deleted: true, document: { id: 'x' } }), decided(3)),
    verdict: settled,
  },
  {
    when: 'a late insert does not put the document back to what it was first',
    given: input(
      change(null, { name: 'Nail', stock: 4 }),
      met({ author: 'me', base: null, document: { id: 'x', name: 'Peg', stock: 3 } }),
      decided(3, { base: null, amounts: { stock: 3 } }),
    ),
    verdict: overtaken,
  },
  {
    when: 'a late insert does not bring back what was deleted since',
    given: input(
      change(null, { name: 'Nail', stock: 4 }),
      met({ author: 'me', base: 'e1.4.t', deleted: true, document: { id: 'x' } }),
      decided(1, { base: 'e1.4.t' }),
    ),
    verdict: gone,
  },
  {
    when: 'a late change does not stand in for a newer one that was refused',
    given: input(change(VERSION_3, { name: 'Pin' }), met(), decided(3, { refused: true })),
    verdict: overtaken,
  },
];

const overtakenByOthers: readonly Case[] = [
  {
    when: 'a late change after a merge by another replica has no effect',
    given: input(
      change(VERSION_3, { note: 'mine' }),
      met({ document: { ...nail, name: 'Peg', note: 'theirs' } }),
      decided(3),
    ),
    verdict: overtaken,
  },
  {
    when: 'a late count after a merge by another replica is not counted',
    given: input(
      change(VERSION_3, { stock: 9 }),
      met({ document: { ...nail, stock: 2 } }),
      decided(3, { amounts: { stock: -3 } }),
    ),
    verdict: overtaken,
  },
  {
    when: 'a second copy does not overwrite what another replica wrote over the first',
    given: input(change(VERSION_3, { note: 'mine' }), met({ document: { ...nail, note: 'theirs' } }), decided(2)),
    verdict: settled,
  },
  {
    when: 'a second copy does not redo what another replica took back',
    given: input(change(VERSION_3, { name: 'Pin' }), met(), decided(2)),
    verdict: settled,
  },
  {
    when: 'a second copy of a deletion does not delete what another replica made anew',
    given: input(change(VERSION_3, null), met({ document: { id: 'x', name: 'New' } }), decided(2)),
    verdict: settled,
  },
  {
    when: 'the repeat of a change that was refused is refused again',
    given: input(
      change(VERSION_3, { name: 'Pin' }),
      met({ document: { ...nail, name: 'Peg' } }),
      decided(2, { refused: true }),
    ),
    verdict: overtaken,
  },
];

const notLate: readonly Case[] = [
  {
    when: 'a change from a later base is newer, whatever its number: a clean-up of tombstones starts the numbers over',
    given: input(change(VERSION_5, { name: 'Pin' }), met(), decided(9)),
    verdict: write({ ...nail, name: 'Pin' }, VERSION_5),
  },
  {
    when: 'an insert by a replica that has seen the deletion is newer, whatever its number',
    given: input(change(null, { name: 'New' }), met({ deleted: true, document: { id: 'x' } }), {
      ...decided(9, { base: 'e1.4.t' }),
      pulledTo: 5,
    }),
    verdict: write({ id: 'x', name: 'New' }, null),
  },
  {
    when: 'a change from another history is told by its number',
    given: input(change('e0.9.t', { name: 'Pin' }), met(), decided(1)),
    verdict: write({ ...nail, name: 'Pin' }, VERSION_5),
  },
  {
    when: 'another state under the same number, after the device lost its last write, is taken',
    given: input(change(VERSION_3, { name: 'Pin' }), met({ ...mine, document: { ...nail, name: 'Peg' } }), decided(2)),
    verdict: write({ ...nail, name: 'Pin' }, VERSION_3),
  },
];

describe('a change that arrives after a newer one of the same replica', () => decides(overtakenByItself));
describe('a change that arrives after others wrote over it', () => decides(overtakenByOthers));
describe('a change that is not late', () => decides(notLate));
