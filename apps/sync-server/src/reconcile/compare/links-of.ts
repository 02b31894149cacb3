import type { LinkedDocument } from '../../store/linked.ts';
import type { Run } from './run.ts';

/** Links that are held in memory at once, with their documents. */
export const LINKED_AT_ONCE = 500;

/** Links of a range in the order of their keys, some at a time. Other work goes on in between. */
export async function* linksOf(
  run: Run,
  { from, to }: { readonly from: string | null; readonly to: string | null },
): AsyncGenerator<readonly LinkedDocument[]> {
  const { reach, stream } = run;
  for (let next = from; ; ) {
    const query = { system: reach.system, stream: stream.name, from: next, to, limit: LINKED_AT_ONCE };
    const rows = await reach.store.linked(query);
    if (rows.length > 0) yield rows;
    const last = rows.at(-1)?.link.key;
    if (rows.length < LINKED_AT_ONCE || typeof last !== 'string') return;
    // The first text behind it.
    next = `${last}\u0000`;
    await run.between();
  }
}
