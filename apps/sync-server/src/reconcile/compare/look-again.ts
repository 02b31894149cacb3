import type { LinkedDocument } from '../../store/linked.ts';
import { applyMapped } from '../apply-page.ts';
import { agreesWithBase } from '../apply-record.ts';
import { recordName } from '../draft.ts';
import { createKnownReferences } from '../ids.ts';
import { type Mapped, mapRecords } from '../map-records.ts';
import { READ_KEYS, readKeys } from '../recheck.ts';
import type { Drift } from './comparison.ts';
import { judgeLinked, missingHere } from './judge.ts';
import { bytesOf } from './record-bytes.ts';
import { markMissed, tellDocuments } from './repair.ts';
import type { Run } from './run.ts';

/** What a first look at a key has shown; null: nothing that could be compared. */
export interface FirstLook {
  readonly key: string;
  /** The mapped record as JSON. */
  readonly content: string | null;
  /** The digest of the record, as a link keeps it. */
  readonly digest: string | null;
  /** Version of the document; undefined: it was not looked at. */
  readonly version: string | null | undefined;
}

/** A look at a link whose record was not seen. */
export function seenNothing({ link, document }: LinkedDocument): FirstLook {
  return { key: link.key ?? '', content: null, digest: null, version: document?.version ?? null };
}

/** A look at a link and at what is said of its record. */
export function seen(
  { link, document }: LinkedDocument,
  said: Partial<Pick<FirstLook, 'content' | 'digest'>>,
): FirstLook {
  return { key: link.key ?? '', content: null, digest: null, ...said, version: document?.version ?? null };
}

/**
 * Reads records by their keys, and their links and documents anew, and judges them by that: what was different at the
 * first look may have changed since, or a list may be older than it seems. Repairs what is different, where that is wanted.
 */
export async function lookAgain(run: Run, looks: readonly FirstLook[]): Promise<void> {
  for (let start = 0; start < looks.length && run.brake === null; start += READ_KEYS) {
    const part = looks.slice(start, start + READ_KEYS);
    const { readAt, items } = await readKeys(
      run.reach,
      run.stream,
      part.map(({ key }) => key),
    );
    run.tally.spend({ calls: 1, records: items.filter(({ is }) => is !== 'gone').length, bytes: bytesOf(items) });
    const known = createKnownReferences(run.reach.store, run.reach.bindings);
    await judgeAndRepair(run, { looks: part, mapped: await mapRecords(run.stream.binding, items, known), readAt });
    await run.between();
  }
}

interface SecondLook {
  readonly looks: readonly FirstLook[];
  readonly mapped: readonly Mapped[];
  readonly readAt: number;
}

async function judgeAndRepair(run: Run, { looks, mapped, readAt }: SecondLook): Promise<void> {
  const { reach, stream } = run;
  const keys = mapped.map(({ key }) => key);
  const linked = await reach.store.linked({ system: reach.system, stream: stream.name, keys });
  const rows = new Map(linked.map((row) => [row.link.key, row]));
  const first = new Map(looks.map((look) => [look.key, look]));
  const apply: Mapped[] = [];
  const [missed, tell]: [LinkedDocument[], LinkedDocument[]] = [[], []];
  for (const one of mapped) {
    const row = rows.get(one.key);
    // Whoever repairs looks for it once more, together with all that are missing, before anything is deleted.
    if (one.is === 'gone' && row !== undefined && run.repairs) {
      missed.push(row);
      continue;
    }
    const drift = judge(run, one, row);
    const look = first.get(one.key);
    if (drift?.is === 'different' && look && hasMoved(look, one, row)) run.tally.add({ ...drift, is: 'moved' });
    else if (drift !== null) run.tally.add(drift);
    else if (row !== undefined) run.tally.same(1);
    if (drift?.is === 'missing-there') stopIfTooMany(run);
    apply.push(one);
    if (row !== undefined && pushes(drift)) tell.push(row);
    if (row !== undefined && one.is === 'record') doubtDigest(run, one, row);
  }
  if (!run.repairs) return;
  await applyMapped(reach, stream, { mapped: apply, reading: { readAt, exact: true }, goneProven: false });
  await tellDocuments(
    run,
    tell.map(({ link }) => link),
  );
  if (run.state.way === 'digest')
    await markMissed(
      run,
      missed.map(({ link }) => link),
    );
}

/** What a record that was read is to its document; null: the same, or neither is there. */
export function judge(run: Run, one: Mapped, row: LinkedDocument | undefined): Drift | null {
  const { reach, stream } = run;
  const id = row?.link.id ?? null;
  const aside = reach.memory.quarantined.has(recordName({ system: reach.system, stream: stream.name, key: one.key }));
  const pending = { is: 'pending', key: one.key, id, fields: [], repair: 'none' } as const;
  if (one.is === 'unfit') return { ...pending, reason: one.reason };
  if (one.is === 'waits') return { ...pending, reason: 'The record waits for others to be linked.' };
  const said = one.is === 'gone' ? 'gone' : one.fields;
  if (row !== undefined) {
    const drift = judgeLinked(stream, row, said);
    return drift !== null && aside ? { ...drift, ...ASIDE } : drift;
  }
  if (one.is === 'gone') return null;
  return aside ? { ...pending, ...ASIDE } : missingHere(one.key, one.match ?? one.id);
}

const ASIDE = { is: 'pending', repair: 'none', reason: 'The record is set aside.' } as const;

function pushes(drift: Drift | null): boolean {
  if (drift === null || drift.is === 'pending') return false;
  return drift.repair === 'push' || drift.fields.some(({ repair }) => repair === 'push');
}

function hasMoved(look: FirstLook, one: Mapped, row: LinkedDocument | undefined): boolean {
  if (look.version !== undefined && look.version !== (row?.document?.version ?? null)) return true;
  if (one.is !== 'record') return false;
  if (look.content !== null && look.content !== JSON.stringify(one.fields)) return true;
  return look.digest !== null && one.digest !== null && look.digest !== one.digest;
}

/** The same digest for another record proves that digests, or the mapping, do not depend on the record alone. */
function doubtDigest(run: Run, one: Extract<Mapped, { is: 'record' }>, { link }: LinkedDocument): void {
  if (one.digest === null || one.digest !== link.digest || agreesWithBase(run.stream.rules, link.base, one.fields))
    return;
  run.distrust ??= `The record ${JSON.stringify(one.key)} has changed and its digest has not.`;
}

function stopIfTooMany(run: Run): void {
  const { missingThere } = run.tally.comparison().counts;
  if (missingThere > run.most) run.brake = { absent: missingThere, living: run.living, at: run.reach.clock.now() };
}
