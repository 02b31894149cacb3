import type { Position } from '@datastores/core/protocol';
import type { LiveChange } from './live-change.ts';

/** What came to one scope between two positions, as far as it concerns one stream. */
export interface Piece {
  readonly scope: string;
  /** Null where commits were missed before `to`. */
  readonly after: Position | null;
  readonly to: Position;
  /** The datastores of the stream that changed in between. */
  readonly touched: readonly string[];
  /** The one commit that touched them; null where it was more than one, or not all are known. */
  readonly change: LiveChange | null;
}

/** What one stream has still to tell. */
export interface Mailbox {
  /** Says whether there is now something worth telling: what concerns other datastores waits until then. */
  add(change: LiveChange): boolean;
  readonly isWaiting: boolean;
  /** What came since the last time, in order within each scope. */
  take(): readonly Piece[];
}

/** Commits that are kept apart for a reader; what comes beyond them is told as one piece for each scope, to be pulled. */
const MAX_PIECES = 8;

/** The mailbox of a stream that is told of the datastores which it sees in a scope. However long its reader sleeps, it holds a few pieces and one more for each scope. */
export function createMailbox(sees: (scope: string, datastore: string) => boolean): Mailbox {
  let pieces = new Map<string, Piece[]>();
  let count = 0;
  let isWaiting = false;
  return {
    add(change) {
      const touched = change.datastores.filter((name) => sees(change.scope, name));
      const known = pieces.get(change.scope) ?? [];
      const last = known.at(-1);
      const { scope, after, position: to } = change;
      if (last === undefined || (last.touched.length > 0 && touched.length > 0 && count < MAX_PIECES)) {
        known.push({ scope, after, to, touched, change });
        count += 1;
      } else known[known.length - 1] = joined(last, { scope, after, to, touched, change });
      pieces.set(scope, known);
      isWaiting ||= touched.length > 0;
      return isWaiting;
    },
    get isWaiting() {
      return isWaiting;
    },
    take() {
      const taken = [...pieces.values()].flat();
      pieces = new Map();
      count = 0;
      isWaiting = false;
      return taken;
    },
  };
}

/** Two pieces as one. Where something may have come between them, nothing is said about where it begins. */
function joined(first: Piece, second: Piece): Piece {
  const touched = [...new Set([...first.touched, ...second.touched])];
  const { scope, to } = second;
  if (second.after === null || !isSame(first.to, second.after))
    return { scope, after: null, to, touched, change: null };
  const several = first.touched.length > 0 && second.touched.length > 0;
  const change = several ? null : first.touched.length > 0 ? first.change : second.change;
  return { scope, after: first.after, to, touched, change };
}

function isSame(a: Position, b: Position): boolean {
  return a.seq === b.seq && a.epoch === b.epoch && a.tag === b.tag;
}
