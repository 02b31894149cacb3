import { expect, test } from 'vitest';
import { idOf, openCourse, until } from '../course.ts';
import { batchConnector } from './batch-connector.ts';
import { batchEndpoint } from './batch-endpoint.ts';

test.each(['each', 'all'] as const)('one bad record of a batch that fails %s stops no other', async (kind) => {
  const sample = {
    page: { style: 'keyset', param: 'after' },
    guard: 'etag',
    update: 'PATCH',
    tombstones: true,
    idempotent: false,
  } as const;
  await using course = await openCourse({ connect: (service) => batchConnector(service, sample, kind) });
  const { erp, bench } = course;
  erp.on(batchEndpoint(erp.items, kind));
  for (let at = 0; at < 12; at += 1) {
    await bench.write(`n${at}`, { name: at === 5 ? 'bad!' : `n${at}`, stock: 0 });
  }
  await bench.edit(idOf(1), { name: 'wrong!' });
  await bench.edit(idOf(2), { name: 'right' });
  const made = () => course.there().filter((name) => /^n\d|^right/.test(name));
  await until(
    async () => {
      await bench.engine.pushNow('erp');
      return made().length === 12;
    },
    async () => course.there().join(),
  );
  await bench.engine.idle();
  expect(new Set(made()).size).toBe(12);
  await course.tells(/"state":"dead","rows":2/);
  await course.othersGoOn();
  // They wait for a person, with their changes, and what they were refused for is theirs alone.
  expect(course.there()).toContain('a1:10');
  expect(await bench.read('n5')).toMatchObject({ name: 'bad!' });
  expect(await bench.read(idOf(1))).toMatchObject({ name: 'wrong!' });
});
