import type { JsonObject } from '@datastores/core/schema';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Counted } from '../../../apps/sync-server/src/store/document.ts';
import { hadValue } from '../../../apps/sync-server/src/store/field-digests.ts';
import type { WritePlan } from '../../../apps/sync-server/src/store/write.ts';
import { edit, SCOPE } from './edits.ts';
import type { Check } from './test-case.ts';

const REPLICAS = ['replica-1', 'replica-2', 'replica-3'];
const IDS = ['a', 'b'];

const credit = fc.record({
  replica: fc.constantFrom(...REPLICAS),
  id: fc.constantFrom(...IDS),
  base: fc.constantFrom(null, 'e.1.t', 'e.2.t'),
  edit: fc.nat({ max: 9 }),
  refused: fc.boolean(),
  amounts: fc.constantFrom({}, {}, { stock: 1 }),
});
const written = fc.record({
  author: fc.constantFrom(...REPLICAS, '@erp'),
  id: fc.constantFrom(...IDS),
  base: fc.constantFrom(null, 'e.1.t', 'e.2.t'),
  deleted: fc.boolean(),
});
/** A row that says of its author what its document says: what nearly every push is. */
const pushed = fc.record({ of: written, edit: fc.nat({ max: 9 }) });
const plan = fc.record({
  documents: fc.array(written, { maxLength: 2 }),
  counted: fc.array(credit, { maxLength: 2 }),
  pushed: fc.array(pushed, { maxLength: 2 }),
  asks: fc.boolean(),
});

/** Credits of replicas, however the store keeps them. */
export function creditTests(check: Check): void {
  check('what others have written over is known as long as the base of its author is the same', async (place) => {
    const store = await place.open();
    const key = { datastore: 'note', id: 'a' };
    const [me, other] = REPLICAS as [string, string];
    const row = { ...key, replica: me, base: 'e.1.t', edit: 1, refused: false, amounts: {} };
    const writes = (body: JsonObject, author: string, base: string | null = 'e.1.t') =>
      edit('a', body, { author, base });
    const states = async () => {
      const request = { scope: SCOPE, documents: [key], replica: me };
      return (await store.write(request, (current) => ({ result: current.overtaken(key) }))).result;
    };
    const put = (...plans: readonly Omit<WritePlan<null>, 'result'>[]) =>
      Promise.all(plans.map((plan) => store.write({ scope: SCOPE }, () => ({ ...plan, result: null }))));

    await put({ documents: [writes({ b: 'mine' }, me)], counted: [row] });
    expect(await states()).toEqual([]);
    await put({ documents: [writes({ b: 'theirs' }, other)] }, { documents: [writes({ b: 'again' }, '@erp')] });
    const [state, ...more] = await states();
    expect(more).toEqual([]);
    expect(hadValue(state ?? {}, 'b', 'mine')).toBe(true);
    expect(hadValue(state ?? {}, 'b', 'theirs')).toBe(false);
    expect(hadValue(state ?? {}, 'c', undefined)).toBe(true);
    expect(hadValue(state ?? {}, 'b', undefined)).toBe(false);

    // Merged with what is there: the lineage is another one, the base of the row is the same.
    await put({ documents: [writes({ b: 'merged' }, me, 'e.3.t')], counted: [{ ...row, edit: 2 }] });
    await put({ documents: [writes({ b: 'over it' }, '@erp')] });
    expect((await states()).map((one) => hadValue(one, 'b', 'mine'))).toEqual([true, false]);
    expect((await states()).map((one) => hadValue(one, 'b', 'merged'))).toEqual([false, true]);

    await put({ counted: [{ ...row, base: 'e.5.t', edit: 3, refused: true }] });
    expect(await states()).toEqual([]);
  });

  check('the newest credit of each replica outlives whatever is written later, by whomever', async (place) => {
    const store = await place.open();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { maxLength: 8 }), async (plans) => {
        run += 1;
        const newest = new Map<string, Counted>();
        const keyOf = (id: string) => ({ datastore: 'note', id: `${id}-${run}` });
        for (const { documents, counted, pushed, asks } of plans) {
          const rows = pushed.filter(({ of }) => of.author !== '@erp');
          const told = [
            ...rows.map(({ of: { author: replica, id, base }, edit }) => ({
              ...{ replica, id, base, edit, refused: false, amounts: {} },
            })),
            ...counted,
          ];
          const credits = [...new Map(told.map((one) => [`${one.id} ${one.replica}`, one])).values()].map(
            ({ id, ...credit }) => ({ ...credit, ...keyOf(id) }),
          );
          const writes = [...documents, ...rows.map(({ of }) => of)].map(({ id, author, base, deleted }) =>
            edit(keyOf(id).id, deleted ? null : {}, { author, base }),
          );
          for (const one of credits) newest.set(`${one.id} ${one.replica}`, one);
          const request = { scope: SCOPE, documents: IDS.map(keyOf), replica: REPLICAS[0] as string };
          await store.write(request, (current) => {
            if (asks) for (const id of IDS) current.counted(keyOf(id));
            return { documents: writes, counted: credits, result: null };
          });
          for (const replica of REPLICAS) {
            const { result } = await store.write({ scope: SCOPE, documents: IDS.map(keyOf), replica }, (current) => ({
              result: IDS.map((id) => current.counted(keyOf(id))),
            }));
            expect(result).toEqual(IDS.map((id) => newest.get(`${keyOf(id).id} ${replica}`) ?? null));
          }
        }
      }),
      { numRuns: 60 },
    );
  });
}
