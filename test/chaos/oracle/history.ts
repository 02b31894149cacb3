import { type Entry, nameIn, previousIn } from '../entry.ts';
import type { Sight } from '../replica-process.ts';
import type { Write, WriteAnswer } from '../write.ts';

/**
 * A write and what is known of it: `open` until the replica has answered, `applied` once it has acknowledged it or was
 * seen to hold it, `void` where it did not take place.
 */
export interface Noted extends Write {
  state: 'open' | 'applied' | 'void';
  acknowledged: boolean;
  previous: string;
  born: string;
  /** True for a removal of which nobody knows for certain whether it took place. */
  unsure: boolean;
}

/** All writes of one world, in the order in which they were begun. */
export interface History {
  readonly writes: readonly Noted[];
  begin(write: Write, seen: Entry | null): Noted;
  answered(noted: Noted, answer: WriteAnswer): void;
  /** Writes of a replica that were not answered before its process ended. */
  open(writer: number): readonly Noted[];
  /** Tells the fate of an unanswered write by what the next process of the replica found. */
  resolve(noted: Noted, sight: Sight): void;
}

/** An empty history. */
export function createHistory(): History {
  const writes: Noted[] = [];
  return {
    writes,
    begin(write, seen) {
      const previous = seen === null ? '' : nameIn(seen.text);
      const born = seen?.born ?? write.name;
      const noted: Noted = { ...write, state: 'open', acknowledged: false, previous, born, unsure: false };
      writes.push(noted);
      return noted;
    },
    answered(noted, answer) {
      noted.state = answer.is === 'done' ? 'applied' : 'void';
      if (answer.is !== 'done') return;
      Object.assign(noted, { acknowledged: true, previous: answer.previous, born: answer.born });
    },
    open: (writer) => writes.filter((write) => write.state === 'open' && write.writer === writer),
    resolve(noted, { document, rejected }) {
      if (noted.kind === 'remove') return resolveRemoval(noted, document);
      const mark = [document, ...rejected].flatMap((state) => state?.[`m${noted.writer}`] ?? []);
      const own = mark.find((text) => nameIn(text) === noted.name);
      noted.state = own === undefined ? 'void' : 'applied';
      if (own !== undefined) noted.previous = previousIn(own);
    },
  };
}

/** A document that is gone, or another one of that id, tells nothing but that its removal is possible. */
function resolveRemoval(noted: Noted, document: Entry | null): void {
  noted.state = document?.born === noted.born ? 'void' : 'applied';
  noted.unsure = noted.state === 'applied';
}
