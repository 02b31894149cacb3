import { expect, test } from 'vitest';
import { insert, item, next, type StoredItem, write } from '../../suites/storage/item.ts';
import { type ItemsTab, openBlocksPlace } from './blocks-place.ts';
import { type BlocksItems, everythingIn } from './everything.ts';

type State = ReadonlyMap<string, StoredItem>;

/** Operations that take every way to the disk, each with what is stored after it. */
function scenario(): { readonly run: (items: BlocksItems) => Promise<unknown>; readonly after: State }[] {
  const state = new Map<string, StoredItem>();
  const steps: { run: (items: BlocksItems) => Promise<unknown>; after: State }[] = [];
  const add = (run: (items: BlocksItems) => Promise<unknown>) => steps.push({ run, after: new Map(state) });
  const put = (documents: readonly StoredItem[]) => {
    for (const document of documents) state.set(document.id, document);
    add((items) => insert(items, documents));
  };
  const change = (ids: readonly string[], values: Partial<StoredItem>) => {
    const rows = ids.map((id) => {
      const previous = state.get(id) as StoredItem;
      const document = next(previous, values);
      state.set(id, document);
      return { previous, document };
    });
    add((items) => write(items, rows));
  };
  const pack = () => add((items) => items.internals.pack());
  const ids = (count: number, prefix: string) => Array.from({ length: count }, (_, at) => `${prefix}${at}`);

  put(ids(3, 'a').map((id) => item(id)));
  put(ids(230, 'b').map((id, at) => item(id, { age: at })));
  change(['a0', 'b7'], { age: 50 });
  pack();
  change(ids(120, 'b'), { age: 60 });
  change(['a1'], { _deleted: true, _meta: { lwt: 1 } });
  change(['b3', 'b200'], { _deleted: true, _meta: { lwt: 1 } });
  pack();
  for (const id of ['a1', 'b3', 'b200']) state.delete(id);
  add((items) => items.cleanup(0));
  put([item('b3', { age: 99 })]);
  change(ids(110, 'b').slice(4), { age: 70 });
  pack();
  pack();
  change(['b229'], { age: 71 });
  return steps;
}

async function runAll(tab: ItemsTab): Promise<number> {
  let done = 0;
  for (const { run } of SCENARIO) {
    const ended = run(tab.items).then(
      () => true,
      (error: unknown) => {
        if (!tab.isKilled()) throw error;
        return false;
      },
    );
    if (!(await Promise.race([ended, tab.killed.then(() => false)]))) return done;
    done += 1;
  }
  return done;
}

const SCENARIO = scenario();

function isAfter(found: State, steps: number): boolean {
  const expected = steps === 0 ? new Map<string, StoredItem>() : (SCENARIO[steps - 1]?.after as State);
  return found.size === expected.size && [...expected].every(([id, { _rev }]) => found.get(id)?._rev === _rev);
}

test('without a crash everything is stored as it was written, also after opening again', async () => {
  await using place = openBlocksPlace();
  const tab = await place.open();
  for (const [at, { run, after }] of SCENARIO.entries()) {
    await run(tab.items);
    expect(await everythingIn(tab.items), `step ${at + 1}`).toEqual(after);
    expect(await everythingIn((await place.open()).items), `step ${at + 1}, opened again`).toEqual(after);
  }
});

test('a tab killed at any step of any write loses nothing that was confirmed and leaves nothing half done', async () => {
  await using unharmed = openBlocksPlace();
  const whole = await unharmed.open();
  const openingSteps = whole.steps();
  expect(await runAll(whole)).toBe(SCENARIO.length);
  expect(whole.steps()).toBeGreaterThan(80);
  for (let killAt = openingSteps + 1; killAt <= whole.steps(); killAt += 1) {
    await using place = openBlocksPlace();
    const tab = await place.open({ killAt });
    const done = await runAll(tab);
    expect(tab.isKilled(), `killed at ${killAt}`).toBe(true);

    const { items } = await place.open();
    const found = await everythingIn(items);
    const steps = isAfter(found, done) ? done : done + 1;
    expect(isAfter(found, steps), `killed at ${killAt}, in step ${done + 1}: all of it or nothing`).toBe(true);

    // What was left is good to go on with.
    for (const { run } of SCENARIO.slice(steps)) await run(items);
    await items.internals.pack();
    const last = SCENARIO.at(-1)?.after as State;
    expect(await everythingIn(items), `killed at ${killAt}, gone on`).toEqual(last);
    expect(await everythingIn((await place.open()).items), `killed at ${killAt}, opened again`).toEqual(last);
  }
}, 240_000);

test('a write that does not fit is refused, and everything written before and after it is there', async () => {
  await using place = openBlocksPlace();
  const { items } = await place.open();
  await insert(items, [item('a')]);
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  const good = insert(items, [item('b')]);
  await expect(insert(items, [item('c', { tags: cyclic as never })])).rejects.toThrow();
  await good;
  await insert(items, [item('d')]);

  expect([...(await everythingIn((await place.open()).items)).keys()].sort()).toEqual(['a', 'b', 'd']);
});
