import { applyMapped, type ReadPage } from '../apply-page.ts';
import { agreesWithBase } from '../apply-record.ts';
import { createKnownReferences } from '../ids.ts';
import { type Mapped, mapRecords } from '../map-records.ts';
import type { ReadItem } from '../read-item.ts';
import { type FirstLook, judge, lookAgain, seen } from './look-again.ts';
import type { Run } from './run.ts';

/** How a page was read. */
export interface PageReading {
  readonly readAt: number;
  /** What is kept with the page, asked for when everything on it has been judged. */
  readonly cursor?: () => NonNullable<ReadPage['cursor']>;
}

/**
 * Compares the records of a page. A page may be older than a change that came since, so records that say something else
 * than their base, or are different from their document, are read once more.
 */
export async function comparePage(run: Run, read: readonly ReadItem[], page: PageReading): Promise<void> {
  const { reach, stream } = run;
  const known = createKnownReferences(reach.store, reach.bindings);
  const mapped = await mapRecords(stream.binding, read, known);
  const query = { system: reach.system, stream: stream.name, keys: mapped.map(({ key }) => key) };
  const rows = new Map((await reach.store.linked(query)).map((row) => [row.link.key, row]));
  const gone = await goneLinks(
    run,
    query.keys.filter((key) => !rows.has(key)),
  );
  const again: FirstLook[] = [];
  const rest: Mapped[] = [];
  for (const one of mapped) {
    const row = rows.get(one.key);
    const drift = judge(run, one, row);
    const agrees = one.is !== 'record' || !row || agreesWithBase(stream.rules, row.link.base, one.fields);
    if (one.is === 'record' && row !== undefined && (drift?.is === 'different' || !agrees)) {
      again.push(seen(row, { content: JSON.stringify(one.fields), digest: one.digest }));
    } else if (gone.has(one.key)) {
      again.push({ key: one.key, content: null, digest: null, version: undefined });
    } else {
      if (drift !== null) run.tally.add(drift);
      else if (row !== undefined) run.tally.same(1);
      rest.push(one);
    }
  }
  await lookAgain(run, again);
  if (!run.repairs) return;
  const cursor = page.cursor?.();
  const reading = { readAt: page.readAt, exact: false };
  await applyMapped(reach, stream, { mapped: rest, reading, goneProven: false, ...(cursor && { cursor }) });
}

/** Keys whose links say that their records are gone. */
async function goneLinks({ reach, stream }: Run, keys: readonly string[]): Promise<ReadonlySet<string | null>> {
  if (keys.length === 0) return new Set();
  const links = await reach.store.links({ system: reach.system, stream: stream.name, keys });
  return new Set(links.map(({ key }) => key));
}
