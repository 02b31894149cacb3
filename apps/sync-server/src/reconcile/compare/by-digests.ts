import type { RangeDigest } from '../../connectors/connector.ts';
import { askDigests } from './ask-digests.ts';
import { compareRange } from './by-scan.ts';
import { compareListed } from './compare-listed.ts';
import { lookAgain } from './look-again.ts';
import { keep, type Run } from './run.ts';
import { checkSample } from './sample.ts';
import { cutWindows, type Window } from './windows.ts';

/** Windows that the whole stream is cut into, and links in the smallest. */
const MOST_WINDOWS = 512;
const FEWEST_LINKS = 256;

/** Records that are listed by their digests in one call. */
const LISTED_AT_ONCE = 4_096;

/** So many records that nobody knows make it cheaper to read a window than to list it. */
const MANY_UNKNOWN = 1_000;

/**
 * Asks the system for digests of ranges of keys, and goes on with those that differ: halves and lists them until it is
 * known which records to read. Returns why digests are not to be used for this stream now; null: they were.
 */
export async function compareByDigests(run: Run): Promise<string | null> {
  const size = Math.max(FEWEST_LINKS, Math.ceil(run.living / MOST_WINDOWS));
  const windows = await cutWindows(run, { from: run.state.after, to: null }, size);
  const [links, known] = [sumOf(windows, 'count'), sumOf(windows, 'known')];
  if (known * 2 < links) return `The digests of ${known} of ${links} records are known: all were read.`;
  const first = run.state.after === null;
  const answers = await askDigests(run, windows, 0);
  if (answers === null) return 'The system failed to compute digests more than once: all records were read.';
  await compareWindows(run, { windows, answers, keeps: true });
  if (first && run.brake === null && run.distrust === null) await checkSample(run, equalOnes(windows, answers));
  if (run.distrust === null) return null;
  run.reach.log.error('digests-wrong', { system: run.reach.system, stream: run.stream.name, reason: run.distrust });
  return `${run.distrust} All records were read; look at the digest of the connector, or the mapping.`;
}

interface Windows {
  readonly windows: readonly Window[];
  readonly answers: readonly RangeDigest[];
  /** How far the comparison has come is kept after each of them. */
  readonly keeps: boolean;
}

async function compareWindows(run: Run, { windows, answers, keeps }: Windows): Promise<void> {
  let open: Window[] = [];
  let unkept = 0;
  for (const [index, window] of windows.entries()) {
    const answer = answers[index];
    if (run.brake !== null || run.distrust !== null || answer === undefined) return;
    if (isEqual(window, answer)) await takeEqual(run, window);
    else if (isWorthReading(window, answer)) await compareRange(run, window);
    else if (window.count > FEWEST_LINKS) await halve(run, window);
    else open.push(window);
    unkept += 1;
    if (sumOf(open, 'count') >= LISTED_AT_ONCE / 2) {
      await list(run, open);
      open = [];
      unkept = KEPT_EVERY;
    }
    if (keeps && open.length === 0 && unkept >= KEPT_EVERY && window.to !== null) {
      await keep(run, { after: window.to });
      unkept = 0;
    }
  }
  await list(run, open);
}

const KEPT_EVERY = 32;

/** The digest of no records is zero, so it says nothing without the count. */
function isEqual({ count, known, sum }: Window, { count: there, digest }: RangeDigest): boolean {
  return count === known && count === there && digest !== null && BigInt(`0x${digest}`) === sum;
}

function isWorthReading({ count, known }: Window, { count: there }: RangeDigest): boolean {
  return there > count * 2 + MANY_UNKNOWN || (known * 2 < count && count > MANY_FEW);
}

/** A window of fewer links is read by its keys. */
const MANY_FEW = 100;

async function takeEqual(run: Run, { same, pending, example, suspects }: Window): Promise<void> {
  run.tally.same(same);
  if (example !== null) run.tally.add(example, pending);
  await lookAgain(run, suspects);
}

async function halve(run: Run, { from, to }: Window): Promise<void> {
  const windows = await cutWindows(run, { from, to }, FEWEST_LINKS);
  const answers = await askDigests(run, windows, 0);
  if (answers === null) await compareRange(run, { from, to });
  else await compareWindows(run, { windows, answers, keeps: false });
}

async function list(run: Run, windows: readonly Window[]): Promise<void> {
  if (windows.length === 0) return;
  const answers = await askDigests(run, windows, LISTED_AT_ONCE);
  for (const [index, window] of windows.entries()) {
    const records = answers?.[index]?.records;
    if (records === undefined) await compareRange(run, window);
    else await compareListed(run, window, records);
    await run.between();
  }
}

function equalOnes(windows: readonly Window[], answers: readonly RangeDigest[]): readonly Window[] {
  return windows.filter((window, index) => {
    const answer = answers[index];
    return window.count > 0 && answer !== undefined && isEqual(window, answer);
  });
}

function sumOf(windows: readonly Window[], part: 'count' | 'known'): number {
  return windows.reduce((sum, window) => sum + window[part], 0);
}
