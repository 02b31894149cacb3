import { expect, test } from 'vitest';
import { createChance } from '../../suites/query-fuzz/chance.ts';
import { createSteppedClock } from '../../support/stepped-clock.ts';
import {
  callerFor,
  createGrants,
  createWhereabouts,
  DATASTORES,
  openStream,
  rulesOf,
  SCOPES,
  SUBJECTS,
} from './access-world.ts';
import { headerOf, insertRow, openService, pullPage, pushRows, type Wire } from './test-service.ts';

const CHECKS = Number(process.env.CHECKS ?? 3_000);
const SEED = Number(process.env.SEED ?? 7);

const IDS = Array.from({ length: 12 }, (_, index) => `d${index}`);
const OPERATIONS = ['pull', 'digest', 'insert', 'edit', 'edit', 'delete', 'listen', 'move'] as const;

test(`in ${CHECKS} random calls nobody is told or writes what an oracle does not grant, while grants move and streams are open`, async () => {
  const chance = createChance(SEED);
  const grants = createGrants();
  const clock = createSteppedClock();
  await using at = await openService(DATASTORES, {
    access: rulesOf(grants),
    clock,
    holds: async ({ subject }) => !grants.withdrawn.has(subject),
  });
  const whereabouts = createWhereabouts(at);
  const streams = new Map<string, ReturnType<typeof openStream>>();
  const calls = { pull: 0, digest: 0, insert: 0, edit: 0, delete: 0, listen: 0, move: 0 };
  let pokes = 0;

  const heads = () => Promise.all(SCOPES.map(async (scope) => (await at.store.head(scope)).position.seq));
  const living = async (scope: string, datastore: string) => {
    const page = await at.store.feed({ scope, datastore, after: 0, maxRows: 1_000, maxBytes: 1e7 });
    return page.rows.flatMap(({ id, deleted }) => (deleted ? [] : [`${scope} ${id}`]));
  };
  const checkPokes = () => {
    for (const [subject, stream] of streams) {
      for (const poke of stream.pokes.splice(0)) {
        pokes += 1;
        for (const { scope, of, changes } of poke.steps) {
          for (const { name } of DATASTORES) {
            const granted = grants.of(subject, name);
            if (of?.includes(name) ?? true) expect(granted, `step of ${name} for ${subject}`).toContain(scope);
            expect(whereabouts.leaks(changes[name] ?? '', name, granted)).toEqual([]);
          }
        }
      }
    }
  };

  for (let check = 1; check <= CHECKS; check += 1) {
    const subject = chance.one(SUBJECTS);
    const datastore = chance.one(DATASTORES);
    const { name } = datastore;
    const caller = callerFor(subject);
    const wire: Wire = { service: at.service, caller, datastore, replica: `replica-${subject}` };
    const granted = grants.of(subject, name);
    const operation = chance.one(OPERATIONS);
    calls[operation] += 1;
    if (operation === 'move') {
      grants.move(chance);
      await clock.advance(2_000);
      for (const [who, stream] of streams) {
        const goesOn = stream.sight === grants.sight(who) && !grants.withdrawn.has(who);
        expect(stream.isOver(), `the stream of ${who} is over`).toBe(!goesOn);
        if (!goesOn) streams.delete(who);
      }
    } else if (operation === 'listen') {
      if (!streams.has(subject) && !grants.withdrawn.has(subject)) {
        streams.set(subject, openStream(at, subject, grants.sight(subject)));
      }
    } else if (operation === 'pull') {
      const page = await pullPage(wire);
      expect(whereabouts.leaks(page, name, granted)).toEqual([]);
      const all = await Promise.all(granted.map((scope) => living(scope, name)));
      expect(page.rows.flatMap((row) => ('doc' in row ? [`${row.s} ${row.doc.id}`] : [])).sort()).toEqual(
        all.flat().sort(),
      );
    } else if (operation === 'digest') {
      const asked = { checkpoint: null, split: [], list: [''], wanted: '', doubted: IDS };
      const answer = await at.service.digest({ ...headerOf(wire), ...asked }, caller);
      expect(whereabouts.leaks(answer, name, granted)).toEqual([]);
    } else {
      const id = chance.one(IDS);
      const from = chance.one(SCOPES);
      const stored = await at.store.document(from, { datastore: name, id });
      const doc = { id, name: `text-${check}-` };
      const row = { id, base: stored?.version ?? null, scope: from, edit: check, was: {} };
      const before = await heads();
      const answers = await pushRows(wire, [
        operation === 'insert'
          ? insertRow(doc, check)
          : operation === 'delete'
            ? { ...row, changed: [], doc: null }
            : { ...row, changed: ['name'], doc },
      ]);
      expect(whereabouts.leaks(answers, name, granted)).toEqual([]);
      const after = await heads();
      const written = SCOPES.filter((_scope, index) => before[index] !== after[index]);
      expect(written.filter((scope) => !granted.includes(scope))).toEqual([]);
      const isKept = operation === 'delete' && stored !== null && !stored.deleted && !grants.mayDelete(subject);
      if (isKept) expect(await at.store.document(from, { datastore: name, id })).toEqual(stored);
      await whereabouts.update();
    }
    await new Promise((resolve) => setImmediate(resolve));
    checkPokes();
  }
  for (const [operation, count] of Object.entries(calls)) expect(count, operation).toBeGreaterThan(CHECKS / 20);
  expect(pokes).toBeGreaterThan(CHECKS / 50);
  for (const stream of streams.values()) stream.close();
}, 600_000);
