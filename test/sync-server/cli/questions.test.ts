import { expect, test } from 'vitest';
import { articleBinding } from '../../support/engine.ts';
import { createNastySystem } from '../../support/nasty-system.ts';
import { tokenFor } from '../http/test-server.ts';
import { serverWithCommands } from './command-line.ts';

/** A server where the names of two articles were changed here and over there. */
async function opened() {
  const erp = createNastySystem();
  for (const key of ['a1', 'a2']) erp.insert(key, { name: 'old' });
  const binding = articleBinding({ fields: { name: { merge: 'ask' } } });
  const place = await serverWithCommands({
    datastores: [binding.datastore],
    systems: { erp: { connector: erp.connector } },
    bindings: [binding],
  });
  const { server } = place.at;
  for (const key of ['a1', 'a2']) {
    erp.edit(key, { name: `there ${key}` });
    const id = `items-${key}`;
    await server.store.write({ scope: 'main', documents: [{ datastore: 'article', id }] }, (current) => {
      const base = current.document({ datastore: 'article', id })?.version ?? null;
      const body = JSON.stringify({ id, name: `here ${key}` });
      const write = { datastore: 'article', id, body, schemaVersion: 0, author: 'till', base, from: null };
      return { documents: [write], result: undefined };
    });
  }
  await server.reconciler.pullNow('erp');
  await server.reconciler.idle();
  return { erp, ...place };
}

test('questions are listed and counted, and an answer goes to both sides', async () => {
  await using place = await opened();
  const { erp, at, run } = place;
  const listed = await run('questions');
  expect(listed.code).toBe(3);
  expect(listed.out).toMatch(
    /"name" of article items-a1, record a1 of erp\/items\n {2}was {4}"old"\n {2}here {3}"here a1"/,
  );
  expect((await run('status')).out).toContain('2 questions open');
  expect(await run('doctor')).toMatchObject({
    code: 3,
    out: expect.stringMatching(/FAIL {2}questions +2 fields were changed/),
  });
  const open = JSON.parse((await run('questions', '--json')).out) as { question: string; id: string }[];
  const [first, second] = [open.find(({ id }) => id === 'items-a1'), open.find(({ id }) => id === 'items-a2')];

  const there = await run('answer', String(first?.question), 'there');
  expect(there).toMatchObject({ code: 0, out: '"name" of article items-a1 is decided: "there a1"\n' });
  expect((await run('answer', String(second?.question), '--value', '"both"')).code).toBe(0);
  await at.server.reconciler.idle();
  const body = async (id: string) => (await at.server.store.document('main', { datastore: 'article', id }))?.body;
  expect(await body('items-a1')).toContain('"there a1"');
  expect(await body('items-a2')).toContain('"both"');
  expect(erp.records.get('a2')?.data.name).toBe('both');
  expect(await run('questions')).toMatchObject({ code: 0, out: 'No questions are open.\n' });
  expect((await run('doctor')).out).toMatch(/ok {4}questions +none open/);
});

test('an answer that is none, is late or fits no question is refused with what to do', async () => {
  await using place = await opened();
  const { erp, at, run } = place;
  const [open] = JSON.parse((await run('questions', '--json')).out) as { question: string; key: string }[];
  const question = String(open?.question);
  expect((await run('answer', question)).err).toContain('Answer with "here"');
  expect((await run('answer', question, 'here', '--value', '1')).err).toContain('Answer with "here"');
  expect((await run('answer', question, '--value', 'blue')).err).toContain('written with quotes');
  expect((await run('answer', 'nonsense', 'here')).err).toContain('QUESTION_UNKNOWN');
  erp.edit(String(open?.key), { name: 'changed again' });
  await at.server.reconciler.pullNow('erp');
  const late = await run('answer', question, 'there');
  expect(late.code).not.toBe(0);
  expect(late.err).toMatch(/QUESTION_STALE.*"changed again"/);
  expect(late.err).toContain('Nothing was changed');
});

test('the routes are for the role admin only, and say what they want', async () => {
  await using place = await opened();
  const { url } = place.at;
  const call = async (roles: readonly string[], body?: object) =>
    fetch(`${url}/questions`, {
      headers: { authorization: `Bearer ${await tokenFor({ roles })}`, 'content-type': 'application/json' },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
  expect((await fetch(`${url}/questions`)).status).toBe(401);
  expect((await call([])).status).toBe(403);
  expect((await call([], { question: 'x', take: 'here' })).status).toBe(403);
  expect(await (await call(['admin'])).json()).toHaveLength(2);
  for (const body of [
    {},
    { question: 'x' },
    { question: 'x', take: 'mine' },
    { question: 'x', take: 'here', value: 1 },
  ]) {
    const refused = await call(['admin'], body);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: { code: 'REQUEST_INVALID' } });
  }
});
