import { expect, test, vi } from 'vitest';
import { createPacer } from '../../../packages/core/src/replication/pacer.ts';

test('it never runs twice at once, and a wish during a run is followed by another run', async () => {
  let running = 0;
  let most = 0;
  let runs = 0;
  const pacer = createPacer(async () => {
    runs += 1;
    running += 1;
    most = Math.max(most, running);
    if (runs === 1) pacer.wakeIn(0);
    await new Promise((resolve) => setTimeout(resolve, 5));
    running -= 1;
  });
  pacer.wakeIn(0);
  pacer.wakeIn(0);
  await vi.waitFor(() => expect(runs).toBe(2));
  await Promise.all([pacer.runNow(), pacer.runNow()]);
  expect(runs).toBe(4);
  expect(most).toBe(1);
  await pacer.close();
});

test('the earliest wish counts', async () => {
  let runs = 0;
  const pacer = createPacer(async () => {
    runs += 1;
  });
  pacer.wakeIn(60_000);
  pacer.wakeIn(1);
  pacer.wakeIn(30_000);
  await vi.waitFor(() => expect(runs).toBe(1));
  await pacer.close();
});

test('after closing nothing runs', async () => {
  let runs = 0;
  const pacer = createPacer(async () => {
    runs += 1;
  });
  pacer.wakeIn(0);
  await pacer.close();
  pacer.wakeIn(0);
  await pacer.runNow();
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(runs).toBe(0);
});
