import { agreesWithBase } from '../apply-record.ts';
import { createKnownReferences } from '../ids.ts';
import { mapRecords } from '../map-records.ts';
import { READ_KEYS, readKeys } from '../recheck.ts';
import { digestOf } from '../record-digest.ts';
import { askDigests } from './ask-digests.ts';
import { LINKED_AT_ONCE } from './links-of.ts';
import { bytesOf } from './record-bytes.ts';
import type { Run } from './run.ts';
import { cutWindows, type Window } from './windows.ts';

/** Records that are read although nothing says that they differ. */
const SAMPLE = 50;

/**
 * Reads some records of one window that was said to be equal. A digest that does not show what it should is found sooner
 * or later this way, and never believed for long.
 */
export async function checkSample(run: Run, windows: readonly Window[]): Promise<void> {
  const { reach, stream } = run;
  const window = windows[Math.floor(reach.random() * windows.length)];
  if (window === undefined) return;
  const { from, to } = window;
  const about = { system: reach.system, stream: stream.name };
  const rows = await reach.store.linked({ ...about, from, to, limit: LINKED_AT_ONCE });
  const step = Math.max(1, Math.floor(rows.length / SAMPLE));
  const keys = rows.flatMap(({ link }, index) => (index % step === 0 && link.key !== null ? [link.key] : []));
  const { items } = await readKeys(reach, stream, keys.slice(0, Math.min(SAMPLE, READ_KEYS)));
  run.tally.spend({ calls: 1, records: items.filter(({ is }) => is !== 'gone').length, bytes: bytesOf(items) });
  const known = createKnownReferences(reach.store, reach.bindings);
  const mapped = await mapRecords(stream.binding, items, known);
  const links = await reach.store.links({ ...about, keys: mapped.map(({ key }) => key) });
  const byKey = new Map(links.filter(({ gone }) => gone === null).map((link) => [link.key, link]));
  const changed: string[] = [];
  for (const one of mapped) {
    const link = byKey.get(one.key);
    if (one.is === 'gone' && link !== undefined) changed.push(one.key);
    if (one.is !== 'record' || link === undefined) continue;
    if (one.digest !== link.digest) changed.push(one.key);
    else if (!agreesWithBase(stream.rules, link.base, one.fields)) {
      run.distrust ??= `The record ${JSON.stringify(one.key)} has changed and its digest has not.`;
    }
  }
  if (changed.length > 0 && run.distrust === null) await askOnce(run, { window, changed });
}

interface Doubt {
  readonly window: Window;
  /** Keys of records that are not what their links say, although the window was said to be equal. */
  readonly changed: readonly string[];
}

/** They may have changed since the window was digested: then it is digested otherwise now, or the links have moved on. */
async function askOnce(run: Run, { window: { from, to }, changed }: Doubt): Promise<void> {
  const { reach, stream } = run;
  const before = await reach.store.links({ system: reach.system, stream: stream.name, keys: changed });
  const digests = new Map(before.map((link) => [link.key, digestOf(stream.binding, link)]));
  const [window] = await cutWindows(run, { from, to }, Number.POSITIVE_INFINITY);
  const [answer] = (await askDigests(run, [{ from, to }], 0)) ?? [];
  if (window === undefined || answer === undefined || answer.digest === null) return;
  if (answer.count !== window.count || BigInt(`0x${answer.digest}`) !== window.sum) return;
  const { items } = await readKeys(reach, stream, changed.slice(0, READ_KEYS));
  const wrong = items.find(
    (one) => one.is !== 'item' || (digests.get(one.item.key) ?? one.item.digest) !== one.item.digest,
  );
  if (wrong === undefined) return;
  const key = wrong.is === 'item' ? wrong.item.key : wrong.key;
  run.distrust = `The range of the record ${JSON.stringify(key)} was digested as if it had not changed.`;
}
