import { describe } from 'vitest';
import { type Case, conflict, decides, rejected, settled, write } from './decision-table.ts';
import { before, change, input, met, nail, VERSION_3, VERSION_5 } from './thing.ts';

const tombstone = met({ deleted: true, document: { id: 'x' } });
const mine = { author: 'me', base: VERSION_3 };
const fresh = { name: 'Nail', stock: 4 };
const inserted = write({ id: 'x', ...fresh }, null, { stock: 4 });

const meetingNothing: readonly Case[] = [
  { when: 'a new document is inserted', given: input(change(null, fresh), null), verdict: inserted },
  {
    when: 'a change of a document that was compacted away is refused',
    given: input(change(VERSION_3, { name: 'Pin' }), null, { floor: 3 }),
    verdict: conflict('DOCUMENT_DELETED'),
  },
  {
    when: 'a change whose document a restored store never had becomes an insert without the fields of the server',
    given: input(change(VERSION_5, { name: 'Pin' }), null, { floor: 3 }),
    verdict: write({ id: 'x', name: 'Pin', note: 'old', place: 'A', stock: 10 }, VERSION_5, {}),
  },
  {
    when: 'a change from another history becomes an insert',
    given: input(change('e0.1.t', { name: 'Pin', stock: 8 }, { name: 'Nail', stock: 10 }), null, { floor: 3 }),
    verdict: write({ id: 'x', name: 'Pin', stock: 8 }, 'e0.1.t', { stock: -2 }),
  },
  {
    when: 'the deletion of what was compacted away is done',
    given: input(change(VERSION_3, null), null, { floor: 3 }),
    verdict: { kind: 'settled', version: VERSION_3 },
  },
  {
    when: 'the deletion of what a restored store never had leaves a tombstone, which holds off the edits of others',
    given: input(change(VERSION_5, null), null, { floor: 3 }),
    verdict: write(null, VERSION_5, {}),
  },
  {
    when: 'so does the deletion of what was in another history',
    given: input(change('e0.1.t', null), null, { floor: 3 }),
    verdict: write(null, 'e0.1.t', {}),
  },
  {
    when: 'the deletion of what never was anywhere is done',
    given: input(change(null, null), null),
    verdict: { kind: 'settled', version: 'e1.0.' },
  },
];

const succeeding: readonly Case[] = [
  {
    when: 'a change from the stored version is taken as it is',
    given: input(change(VERSION_5, { name: 'Pin', stock: 8 }), met()),
    verdict: write({ ...nail, name: 'Pin', stock: 8 }, VERSION_5, { stock: -2 }),
  },
  {
    when: 'a change without counters is credited nothing',
    given: input(change(VERSION_5, { name: 'Pin' }), met()),
    verdict: write({ ...nail, name: 'Pin' }, VERSION_5),
  },
  {
    when: 'a field that differs although the row does not list it is looked at all the same',
    given: input({ ...change(VERSION_5, { cost: 1 }), changed: ['name'] }, met()),
    verdict: rejected('FIELD_SERVER_ONLY'),
  },
  { when: 'a change that changes nothing is done', given: input(change(VERSION_5, {}), met()), verdict: settled },
  {
    when: 'a deletion from the stored version deletes',
    given: input(change(VERSION_5, null), met()),
    verdict: write(null, VERSION_5),
  },
  {
    when: 'a new document over a tombstone may not set a field of the server either',
    given: input(change(VERSION_5, { cost: 7 }, { name: 'Nail' }), tombstone),
    verdict: rejected('FIELD_SERVER_ONLY'),
  },
  {
    when: 'a new document over the tombstone it was made from is taken',
    given: input(change(VERSION_5, { name: 'Pin' }, {}), tombstone),
    verdict: write({ id: 'x', name: 'Pin' }, VERSION_5),
  },
];

const ownUnacknowledged: readonly Case[] = [
  {
    when: 'the repeat of a push whose answer was lost is done',
    given: input(change(VERSION_3, { name: 'Pin' }), met({ ...mine, document: { ...nail, name: 'Pin' } })),
    verdict: settled,
  },
  {
    when: 'the repeat of a counter whose answer was lost counts nothing',
    given: input(change(VERSION_3, { stock: 9 }), met({ ...mine, document: { ...nail, stock: 9 } }), {
      credit: { ...before, base: VERSION_3, amounts: { stock: -1 } },
    }),
    verdict: settled,
  },
  {
    when: 'its extension is taken, and the counter stands where the replica has it',
    given: input(change(VERSION_3, { stock: 7 }), met({ ...mine, document: { ...nail, stock: 9 } }), {
      credit: { ...before, base: VERSION_3, amounts: { stock: -1 } },
    }),
    verdict: write({ ...nail, stock: 7 }, VERSION_3, { stock: -3 }),
  },
  {
    when: 'a counter that went back to its base is taken back',
    given: input(change(VERSION_3, {}), met({ ...mine, document: { ...nail, stock: 9 } }), {
      credit: { ...before, base: VERSION_3, amounts: { stock: -1 } },
    }),
    verdict: write(nail, VERSION_3, {}),
  },
  {
    when: 'its deletion follows it',
    given: input(change(VERSION_3, null), met(mine)),
    verdict: write(null, VERSION_3),
  },
  {
    when: 'the repeat of its deletion is done',
    given: input(change(VERSION_3, null), met({ ...mine, deleted: true, document: { id: 'x' } })),
    verdict: settled,
  },
  {
    when: 'an insert after its own unacknowledged insert and deletion is taken',
    given: input(change(null, fresh), met({ author: 'me', base: null, deleted: true, document: { id: 'x' } })),
    verdict: inserted,
  },
];

const meetingTombstone: readonly Case[] = [
  { when: 'a second deletion is done', given: input(change(VERSION_3, null), tombstone), verdict: settled },
  {
    when: 'a change of a deleted document is refused',
    given: input(change(VERSION_3, { name: 'Pin' }), tombstone),
    verdict: conflict('DOCUMENT_DELETED'),
  },
  { when: 'an insert of a deleted id makes it anew', given: input(change(null, fresh), tombstone), verdict: inserted },
  {
    when: 'a repeated insert does not bring back what another replica deleted since',
    given: input(change(null, fresh), tombstone, {
      credit: { ...before, base: null, amounts: { stock: 4 } },
      pulledTo: 4,
    }),
    verdict: conflict('DOCUMENT_DELETED'),
  },
  {
    when: 'nor does one that was repeated after the deletion had been pulled',
    given: input({ ...change(null, fresh), held: VERSION_5 }, tombstone, {
      credit: { ...before, base: null, amounts: { stock: 4 } },
      pulledTo: 5,
    }),
    verdict: conflict('DOCUMENT_DELETED'),
  },
  {
    when: 'an insert by a replica that has seen the deletion makes it anew, whatever it inserted before',
    given: input(change(null, fresh), tombstone, {
      credit: { ...before, base: null, amounts: { stock: 4 } },
      pulledTo: 5,
    }),
    verdict: inserted,
  },
];

describe('a change that meets nothing', () => decides(meetingNothing));
describe('a change from the stored version', () => decides(succeeding));
describe('a change that continues an unacknowledged one', () => decides(ownUnacknowledged));
describe('a change that meets a tombstone', () => decides(meetingTombstone));
