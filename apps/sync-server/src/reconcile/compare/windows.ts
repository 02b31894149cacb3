import type { KeyRange } from '../../connectors/connector.ts';
import type { LinkedDocument } from '../../store/linked.ts';
import { addToSum, digestOf } from '../record-digest.ts';
import type { Drift } from './comparison.ts';
import { judgeLinked } from './judge.ts';
import { linksOf } from './links-of.ts';
import { type FirstLook, seen } from './look-again.ts';
import type { Run } from './run.ts';

/** A range of keys and what is known of its records here. */
export interface Window extends KeyRange {
  /** Links in it, and those of them whose digest is known. */
  count: number;
  known: number;
  /** Of the known digests. */
  sum: bigint;
  /** Documents that are what their link says the record was. */
  same: number;
  pending: number;
  /** One of those that are pending. */
  example: Drift | null;
  /** Links whose document is different from what the record was. */
  readonly suspects: FirstLook[];
  to: string | null;
}

/** Cuts a range of keys into windows of so many links each. The first and the last reach as far as the range. */
export async function cutWindows(run: Run, { from, to }: KeyRange, size: number): Promise<readonly Window[]> {
  let window = emptyWindow(from, to);
  const windows = [window];
  for await (const rows of linksOf(run, { from, to })) {
    for (const row of rows) {
      if (window.count === size) {
        window.to = row.link.key;
        window = emptyWindow(row.link.key, to);
        windows.push(window);
      }
      addRow(run, window, row);
    }
  }
  return windows;
}

function emptyWindow(from: string | null, to: string | null): Window {
  return { from, to, count: 0, known: 0, sum: 0n, same: 0, pending: 0, example: null, suspects: [] };
}

function addRow({ stream }: Run, window: Window, row: LinkedDocument): void {
  window.count += 1;
  const digest = digestOf(stream.binding, row.link);
  if (digest !== null) {
    window.known += 1;
    window.sum = addToSum(window.sum, digest);
  }
  const drift = judgeLinked(stream, row, row.link.base);
  if (drift === null) window.same += 1;
  else if (drift.is === 'pending') {
    window.pending += 1;
    window.example ??= drift;
  } else window.suspects.push(seen(row, { digest: row.link.digest }));
}
