import { batch } from '@datastores/core';
import { expect, test } from 'vitest';
import { seeded } from '../../convergence/seeded.ts';
import { articleBinding, openBench } from '../../support/engine.ts';
import { createNastySystem } from '../../support/nasty-system.ts';

const DOCUMENTS = 50;
const EDITS = 1_000;

test('1,000 edits of 50 documents are told in at most 50 calls, each document as it is in the end', async () => {
  const random = seeded(3);
  const erp = createNastySystem({ traits: { batch: { max: 1, fails: 'each' } } });
  const strategies = [batch({ everyMs: 600_000, size: 10_000 })];
  await using bench = await openBench({ nasty: { erp }, bindings: [articleBinding({ strategies })] });
  const ids = Array.from({ length: DOCUMENTS }, (_, at) => `a${at}`);
  for (const id of ids) await bench.write(id, { name: id });
  await bench.engine.pushNow('erp');
  await bench.engine.idle();
  const { push } = erp.calls;
  for (let edit = 0; edit < EDITS; edit += 1) {
    await bench.edit(ids[Math.floor(random() * DOCUMENTS)] as string, { note: `text ${edit}` });
  }
  expect(erp.calls.push).toBe(push);
  await bench.engine.pushNow('erp');
  await bench.engine.idle();

  expect(erp.calls.push - push).toBeLessThanOrEqual(DOCUMENTS);
  const notes = new Map([...erp.records.values()].map(({ data }) => [data.name, data.note]));
  for (const [id, { note }] of await bench.all()) expect(notes.get(id)).toBe(note);
});
