import { expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import type { Decided } from '../server-process.ts';
import type { Noted } from './history.ts';
import { type Ending, judge } from './judge.ts';

const insert = noted({ name: '0-1', writer: 0, kind: 'create', amount: 5, previous: '', born: '0-1' });
const edit = noted({ name: '1-1', writer: 1, kind: 'edit', amount: 2, previous: '0-1', born: '0-1' });
const removal = noted({ name: '1-2', writer: 1, kind: 'remove', amount: 0, previous: '1-1', born: '0-1' });
const both: Entry = { id: 'shared-1', born: '0-1', text: '1-1<0-1', total: 7, m0: '0-1<', m1: '1-1<0-1' };

test('a write that the server has is kept, and the one that it replaced is superseded', () => {
  const judgement = judge([insert, edit], ending({ server: [both] }));

  expect(judgement).toMatchObject({ acknowledged: 2, lost: [], resurrected: [], miscounted: [], ghosts: [] });
  expect(judgement.classes).toMatchObject({ kept: 1, superseded: 1 });
});

test('a write that is nowhere is lost, with its mark and its amount', () => {
  const server = [{ id: 'shared-1', born: '0-1', text: '0-1<', total: 5, m0: '0-1<' }];
  const { lost, miscounted } = judge([insert, edit], ending({ server }));

  expect(lost).toHaveLength(2);
  expect(lost[0]).toContain('edit 1-1 of shared-1');
  expect(lost[1]).toContain('the mark of');
  expect(miscounted).toEqual(['shared-1 counts 5 instead of 7']);
});

test('a write that lost a field is told by a decision, one that was refused by the list of its own replica', () => {
  const server = [{ id: 'mortal-1', born: '0-1', text: '0-1<', total: 5 }];
  const [created, edited] = [insert, edit].map((write) => ({ ...write, id: 'mortal-1' })) as [Noted, Noted];
  const decided = { id: 'mortal-1', field: 'text', by: 'server', proposed: '1-1<0-1', result: '0-1<' } as Decided;
  const refused = [{ id: 'mortal-1', document: { ...both, id: 'mortal-1' } }];

  expect(judge([created, edited], ending({ server })).lost).toHaveLength(1);
  expect(judge([created, edited], ending({ server, decisions: [decided] })).classes).toMatchObject({ merged: 1 });
  expect(judge([created, edited], ending({ server, rejected: new Map([[1, refused]]) })).classes.rejected).toBe(1);
});

test('a document that is there after its removal has come back, unless the removal was refused', () => {
  const writes = [insert, edit, removal].map((write) => ({ ...write, id: 'mortal-1' }));
  const server = [{ ...both, id: 'mortal-1' }];
  const refused = new Map([[1, [{ id: 'mortal-1', document: null }]]]);

  expect(judge(writes, ending({ server: [] }))).toMatchObject({ resurrected: [], lost: [] });
  expect(judge(writes, ending({ server })).resurrected).toHaveLength(1);
  expect(judge(writes, ending({ server, rejected: refused })).resurrected).toEqual([]);
});

test('a removal that its own replica took back by a new insert is that insert, if a decision tells of it', () => {
  const again: Noted = { ...removal, name: '1-3', kind: 'create', previous: '', born: '1-3' };
  const writes = [insert, edit, removal, again].map((write) => ({ ...write, id: 'mortal-1' }));
  const server = [{ ...both, id: 'mortal-1' }];
  const decided = { id: 'mortal-1', field: 'text', by: 'server', proposed: '1-3<', result: both.text } as Decided;

  expect(judge(writes, ending({ server })).resurrected).toHaveLength(1);
  expect(judge(writes, ending({ server, decisions: [decided] }))).toMatchObject({ resurrected: [], lost: [] });
  const others = writes.map((write) => (write.name === '1-3' ? { ...write, writer: 2 } : write));
  expect(judge(others, ending({ server, decisions: [decided] })).resurrected).toHaveLength(1);
});

test('a write that no replica has taken must not be there', () => {
  const failed: Noted = { ...edit, state: 'void', acknowledged: false };
  expect(judge([insert, failed], ending({ server: [both] })).ghosts).toEqual(['shared-1 has 1-1, which was refused']);
});

function noted(write: Pick<Noted, 'name' | 'writer' | 'kind' | 'amount' | 'previous' | 'born'>): Noted {
  return { ...write, id: 'shared-1', pad: 0, state: 'applied', acknowledged: true, unsure: false };
}

function ending(given: Partial<Ending>): Ending {
  return { server: [], decisions: [], rejected: new Map(), ...given };
}
