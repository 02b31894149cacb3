import type { Observable } from 'rxjs';
import type { Table } from '../table.ts';
import { indexName, progressOf } from './definition.ts';

/** Milliseconds without a write after which segments are merged. */
const QUIET_MS = 1_000;
/** Pages that one step writes at most, which takes some milliseconds. */
const STEP_PAGES = 30;

/**
 * Merges the segments of an index step by step once nothing has been written for a while. Each transaction leaves a
 * segment, and a search asks each of them: after a bulk load it takes half as long when they are merged, and the load
 * takes a third less when it need not merge. Returns how to end it.
 */
export function keepTidy(table: Table, writes$: Observable<unknown>): () => void {
  const { database, connection } = table;
  const name = indexName(table);
  const changes = database.prepare<[], number>('SELECT total_changes()').pluck();
  const step = (): boolean => {
    if (progressOf(table) === undefined) return false;
    const before = changes.get() ?? 0;
    database.prepare(`INSERT INTO ${name} (${name}, rank) VALUES ('merge', ${STEP_PAGES})`).run();
    // SQLite's own way of saying that nothing was left to merge.
    return (changes.get() ?? 0) - before >= 2;
  };
  let timer: ReturnType<typeof setTimeout> | undefined;

  const work = () => {
    const start = performance.now();
    try {
      if (connection.commits.now(step)) wait(performance.now() - start);
    } catch {
      // Another process is writing, or the disk is full: nothing depends on this, and the next write asks for it again.
    }
  };
  const wait = (pause: number) => {
    clearTimeout(timer);
    timer = setTimeout(work, pause);
    timer.unref();
  };
  const subscription = writes$.subscribe(() => wait(QUIET_MS));
  wait(QUIET_MS);
  return () => {
    subscription.unsubscribe();
    clearTimeout(timer);
  };
}
