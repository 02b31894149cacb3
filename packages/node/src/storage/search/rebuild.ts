import { DatastoreError } from '@datastores/core';
import type { IndexState } from '@datastores/core/search';
import { BehaviorSubject } from 'rxjs';
import { readableError } from '../sqlite-error.ts';
import type { Table } from '../table.ts';
import { type Progress, progressOf } from './definition.ts';
import type { IndexWriter } from './index-writer.ts';

/** The background work on an index that was declared over documents that were there before. */
export interface Rebuild {
  readonly state$: BehaviorSubject<IndexState>;
  /** Ends the work for good; what is done is kept, and the next start goes on from there. */
  stop(): void;
}

/** Milliseconds of one slice. In between, reads and writes have their turn for as long. */
const SLICE_MS = 8;
const RETRY_MS = [1_000, 5_000, 30_000];

/**
 * Takes the documents that an index lacks into it, slice by slice, each in a transaction with the position behind it: a
 * crash repeats nothing and leaves nothing out. Several processes may do so at once; they share the position.
 */
export function startRebuild(table: Table, writerOf: () => IndexWriter | undefined): Rebuild {
  const state$ = new BehaviorSubject<IndexState>({ complete: isComplete(progressOf(table)), problem: null });
  const { commits } = table.connection;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let documents = 20;
  let failures = 0;

  const work = () => {
    const start = performance.now();
    try {
      const complete = commits.now(() => takeIn(table, writerOf, documents));
      failures = 0;
      state$.next({ complete, problem: null });
    } catch (error) {
      state$.next({ complete: false, problem: problemOf(error, table.connection.filename) });
      next(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 0);
      failures += 1;
      return;
    }
    const duration = performance.now() - start;
    documents = Math.max(10, Math.min(1_000, Math.round((documents * SLICE_MS) / Math.max(1, duration))));
    next(duration);
  };
  const next = (pause: number) => {
    if (state$.value.complete || state$.closed || state$.isStopped) return;
    timer = setTimeout(work, pause);
    timer.unref();
  };
  next(0);
  return {
    state$,
    stop() {
      clearTimeout(timer);
      state$.complete();
    },
  };
}

/** True where the index holds everything; an index that is not there holds everything that it is to hold. */
export function isComplete(progress: Progress | undefined): boolean {
  return progress === undefined || progress.cursor >= progress.target;
}

/** Returns whether the index is complete. */
function takeIn(table: Table, writerOf: () => IndexWriter | undefined, documents: number): boolean {
  const { statements, docs, id } = table;
  const progress = progressOf(table);
  const writer = writerOf();
  if (progress === undefined || writer === undefined || isComplete(progress)) return true;
  const rows = statements
    .prepare<{ row: number; deleted: number; data: string }>(
      `SELECT row, deleted, data FROM ${docs} WHERE row > ? AND row <= ? ORDER BY row LIMIT ?`,
    )
    .all(progress.cursor, progress.target, documents);
  for (const { row, deleted, data } of rows) {
    if (deleted === 0) writer.put(row, JSON.parse(data));
  }
  const last = rows.length < documents ? undefined : rows.at(-1)?.row;
  const cursor = last ?? progress.target;
  statements.prepare('UPDATE searches SET cursor = ? WHERE collection = ?').run(cursor, id);
  return cursor >= progress.target;
}

function problemOf(error: unknown, filename: string): DatastoreError {
  const readable = readableError(error, filename);
  if (readable instanceof DatastoreError) return readable;
  const reason = error instanceof Error ? error.message : String(error);
  return new DatastoreError('STORAGE_UNAVAILABLE', `${filename}: the search index cannot be completed (${reason}).`, {
    cause: error,
  });
}
