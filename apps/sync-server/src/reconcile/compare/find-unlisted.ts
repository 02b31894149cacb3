import { LINKED_AT_ONCE } from './links-of.ts';
import { lookAgain, seenNothing } from './look-again.ts';
import type { Run } from './run.ts';

/** Keys that were listed, and in which range. */
export interface Listed {
  /** Behind this key; null: from the first. */
  readonly after: string | null;
  /** Up to this one; null: to the last. */
  readonly upTo: string | null;
  /** Not this one or a later one. */
  readonly before?: string | null;
  readonly listed: ReadonlySet<string>;
}

/** Looks by their keys at linked records that a list should have shown. */
export async function findUnlisted(run: Run, { after, upTo, before = null, listed }: Listed): Promise<void> {
  const { reach, stream } = run;
  if (after !== null && after === upTo) return;
  for (let from = after; run.brake === null; ) {
    const rows = await reach.store.linked({
      system: reach.system,
      stream: stream.name,
      from,
      // The first text behind a key.
      to: upTo === null ? before : `${upTo}\u0000`,
      limit: LINKED_AT_ONCE,
    });
    const missed = rows.filter(({ link }) => link.key !== after && !listed.has(link.key ?? ''));
    await lookAgain(run, missed.map(seenNothing));
    const last = rows.at(-1)?.link.key ?? null;
    if (rows.length < LINKED_AT_ONCE || last === null) return;
    from = `${last}\u0000`;
    await run.between();
  }
}
