import type { JsonDocument } from '@datastores/core/schema';
import { describe } from 'vitest';
import { fieldDigests } from '../../../apps/sync-server/src/store/field-digests.ts';
import { type Case, conflict, decides, rejected, settled, write } from './decision-table.ts';
import { before, change, input, met, nail, VERSION_3, VERSION_5 } from './thing.ts';

const fresh = { name: 'Nail', stock: 4 };

const known = { credit: { ...before, base: VERSION_3, amounts: {} } };
const took = (document: JsonDocument) => ({ ...known, overtaken: () => [fieldDigests(JSON.stringify(document))] });

const repeats: readonly Case[] = [
  {
    when: 'a field that came before with a row whose answer was lost is left as another has made it since',
    given: input(
      change(VERSION_3, { note: 'mine', name: 'Pin' }),
      met({ document: { ...nail, note: 'theirs' } }),
      took({ ...nail, note: 'mine' }),
    ),
    verdict: { ...write({ ...nail, name: 'Pin', note: 'theirs' }, VERSION_5), decisions: [] },
  },
  {
    when: 'a field that came before and was edited again since is a change',
    given: input(
      change(VERSION_3, { note: 'mine again' }),
      met({ document: { ...nail, note: 'theirs' } }),
      took({ ...nail, note: 'mine' }),
    ),
    verdict: {
      ...write({ ...nail, note: 'mine again' }, VERSION_5),
      decisions: [{ field: 'note', rule: 'replica-wins', server: 'theirs', replica: 'mine again' }],
    },
  },
  {
    when: 'what came before from another base proves nothing',
    given: input(change(VERSION_3, { note: 'mine' }), met({ document: { ...nail, note: 'theirs' } }), {
      ...took({ ...nail, note: 'mine' }),
      credit: { ...before, base: 'e1.2.t', amounts: {} },
    }),
    verdict: {
      ...write({ ...nail, note: 'mine' }, VERSION_5),
      decisions: [{ field: 'note', rule: 'replica-wins' }],
    },
  },
  {
    when: 'nothing is left of a row of which all came before',
    given: input(
      change(VERSION_3, { note: 'mine' }),
      met({ document: { ...nail, note: 'theirs' } }),
      took({ ...nail, note: 'mine' }),
    ),
    verdict: settled,
  },
  {
    when: 'of a row of which nothing new survives the new part is a conflict',
    given: input(
      change(VERSION_3, { note: 'mine', name: 'Pin' }),
      met({ document: { ...nail, note: 'theirs', name: 'Peg' } }),
      took({ ...nail, note: 'mine' }),
    ),
    verdict: {
      ...conflict('CHANGE_CONFLICT'),
      decisions: [{ field: 'name', rule: 'server-wins', server: 'Peg', replica: 'Pin' }],
    },
  },
];

const overtaken: readonly Case[] = [
  {
    when: 'a deletion yields to a change, and that is recorded',
    given: input(change(VERSION_3, null), met()),
    verdict: {
      ...conflict('CHANGE_CONFLICT'),
      decisions: [{ field: '*', rule: 'change-beats-deletion', server: nail }],
    },
  },
  {
    when: 'content that is already there is done',
    given: input(change(VERSION_3, { name: 'Pin' }), met({ document: { ...nail, name: 'Pin' } })),
    verdict: settled,
  },
  {
    when: 'equal content proves nothing for a counter: both tills sold one',
    given: input(change(VERSION_3, { stock: 9 }), met({ document: { ...nail, stock: 9 } })),
    verdict: write({ ...nail, stock: 8 }, VERSION_5, { stock: -1 }),
  },
  {
    when: 'changes of different fields are both kept',
    given: input(change(VERSION_3, { name: 'Pin' }), met({ document: { ...nail, note: 'new' } })),
    verdict: write({ ...nail, name: 'Pin', note: 'new' }, VERSION_5),
  },
  {
    when: 'a field that both changed keeps the state of the server where the policy says so',
    given: input(change(VERSION_3, { name: 'Pin' }), met({ document: { ...nail, name: 'Peg' } })),
    verdict: {
      ...conflict('CHANGE_CONFLICT'),
      decisions: [{ field: 'name', rule: 'server-wins', base: 'Nail', server: 'Peg', replica: 'Pin', result: 'Peg' }],
    },
  },
  {
    when: 'where a part of the change is there already and the server keeps its state of the rest, that is recorded',
    given: input(change(VERSION_3, { name: 'Pin', note: 'n' }), met({ document: { ...nail, name: 'Peg', note: 'n' } })),
    verdict: {
      ...settled,
      decisions: [{ field: 'name', rule: 'server-wins', base: 'Nail', server: 'Peg', replica: 'Pin', result: 'Peg' }],
    },
  },
  {
    when: 'a field that both changed takes the change where the policy says so, and that is recorded',
    given: input(change(VERSION_3, { note: 'mine' }), met({ document: { ...nail, note: 'theirs' } })),
    verdict: {
      ...write({ ...nail, note: 'mine' }, VERSION_5),
      decisions: [{ field: 'note', rule: 'replica-wins', server: 'theirs', replica: 'mine', result: 'mine' }],
    },
  },
  {
    when: 'a change of which a part survives is merged, not a conflict',
    given: input(change(VERSION_3, { name: 'Pin', note: 'mine' }), met({ document: { ...nail, name: 'Peg' } })),
    verdict: {
      ...write({ ...nail, name: 'Peg', note: 'mine' }, VERSION_5),
      decisions: [{ field: 'name', rule: 'server-wins' }],
    },
  },
  {
    when: 'the repeat of a merged change is done, although the contents differ',
    given: input(
      change(VERSION_3, { name: 'Pin' }),
      met({ author: 'me', base: 'e1.4.t', document: { ...nail, name: 'Pin', note: 'new' } }),
    ),
    verdict: settled,
  },
  {
    when: 'the repeat of a merged counter counts nothing',
    given: input(change(VERSION_3, { stock: 9 }), met({ document: { ...nail, stock: 4 } }), {
      credit: { ...before, base: VERSION_3, amounts: { stock: -1 } },
    }),
    verdict: settled,
  },
  {
    when: 'the extension of a merged counter counts what is new',
    given: input(change(VERSION_3, { stock: 7 }), met({ document: { ...nail, stock: 4 } }), {
      credit: { ...before, base: VERSION_3, amounts: { stock: -1 } },
    }),
    verdict: write({ ...nail, stock: 2 }, VERSION_5, { stock: -3 }),
  },
  {
    when: 'a merged counter that went back to its base is taken back',
    given: input(change(VERSION_3, {}), met({ document: { ...nail, stock: 4 } }), {
      credit: { ...before, base: VERSION_3, amounts: { stock: -1 } },
    }),
    verdict: write({ ...nail, stock: 5 }, VERSION_5, {}),
  },
  {
    when: 'credit from another base is no credit',
    given: input(change(VERSION_3, { stock: 9 }), met({ document: { ...nail, stock: 4 } }), {
      credit: { ...before, base: 'e1.2.t', amounts: { stock: -1 } },
    }),
    verdict: write({ ...nail, stock: 3 }, VERSION_5, { stock: -1 }),
  },
  {
    when: 'a field that is not listed as changed keeps the state of the server',
    given: input(change(VERSION_3, { note: 'mine' }), met({ document: { ...nail, cost: 99 } })),
    verdict: write({ ...nail, note: 'mine', cost: 99 }, VERSION_5),
  },
];

const notAllowed: readonly Case[] = [
  {
    when: 'an insert that sets a field of the server',
    given: input(change(null, { ...fresh, cost: 1 }), null),
    verdict: rejected('FIELD_SERVER_ONLY'),
  },
  {
    when: 'a change of a field of the server',
    given: input(change(VERSION_5, { cost: 1 }), met()),
    verdict: rejected('FIELD_SERVER_ONLY'),
  },
  {
    when: 'a change of a field of the server that lost the race anyway',
    given: input(change(VERSION_3, { cost: 1 }), met({ document: { ...nail, cost: 8 } })),
    verdict: rejected('FIELD_SERVER_ONLY'),
  },
  {
    when: 'a change of what is fixed at insert',
    given: input(change(VERSION_5, { place: 'B' }), met()),
    verdict: rejected('FIELD_IMMUTABLE'),
  },
  {
    when: 'a change of what is fixed at insert, of a document that has moved on',
    given: input(change(VERSION_3, { place: 'B' }), met({ document: { ...nail, name: 'Peg' } })),
    verdict: rejected('FIELD_IMMUTABLE'),
  },
  {
    when: 'a document without a required field',
    given: input(change(null, { stock: 1 }), null),
    verdict: rejected('DOCUMENT_INVALID'),
  },
  {
    when: 'a document with a field the schema does not know',
    given: input(change(VERSION_3, { extra: 1 }), met({ document: { ...nail, name: 'Peg' } })),
    verdict: rejected('DOCUMENT_INVALID'),
  },
  {
    when: 'a document above the size limit',
    given: input(change(null, { name: 'n'.repeat(300_000) }), null),
    verdict: rejected('DOCUMENT_TOO_LARGE'),
  },
];

const oldSchema: readonly Case[] = [
  {
    when: 'a replica of an older schema does not wipe a field it cannot see',
    given: input({ ...change(VERSION_5, { name: 'Pin' }), document: { id: 'x', name: 'Pin', note: 'old' } }, met(), {
      asSeen: ({ id, name, note }) => ({ id, name: name ?? null, note: note ?? null }),
    }),
    verdict: write({ ...nail, name: 'Pin' }, VERSION_5),
  },
];

describe('a change that was overtaken', () => decides(overtaken));
describe('a change that came in part before', () => decides(repeats));
describe('what is refused', () => decides(notAllowed));
describe('a replica of an older schema', () => decides(oldSchema));
