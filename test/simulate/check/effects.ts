import type { Write } from '../../../apps/sync-server/src/connectors/connector.ts';
import type { Violation } from './violation.ts';

/** Watches that no write is carried out twice by an external system. */
export interface Effects {
  /** A copy of the store was made now. */
  copied(): void;
  /** The copy is in the place of the store. `marks`: ids of the writes that are still to be sent according to it. */
  restored(marks: readonly string[]): void;
  /** A process of the server begins. */
  started(): void;
  /** Reports what was carried out twice since the last look. */
  look(): void;
}

/** What is watched. */
export interface EffectsParts {
  /** The external systems, with the writes that each has carried out so far. */
  readonly systems: Readonly<Record<string, { readonly name: string; readonly nasty: Carrying }>>;
  /** Documents whose records were deleted in a system. */
  readonly removedThere: ReadonlySet<string>;
  readonly report: (violation: Violation) => void;
}

interface Carrying {
  readonly applied: readonly Write[];
}

/** Watches external systems. */
export function createEffects({ systems, removedThere, report }: EffectsParts): Effects {
  const watched = Object.values(systems).map(({ name, nasty }) => ({
    name,
    nasty,
    /** Which of the writes carried out was the last with an id. */
    seen: new Map<string, number>(),
    lookedTo: 0,
    copiedAt: 0,
  }));
  let marks: readonly string[] = [];

  function look(): void {
    for (const one of watched) {
      const { name, nasty, seen } = one;
      for (; one.lookedTo < nasty.applied.length; one.lookedTo += 1) {
        const write = nasty.applied[one.lookedTo];
        if (write === undefined) continue;
        const { id, op } = write;
        // A record that was deleted over there before anybody could ask for it cannot be told from one that never was.
        const wasRemoved = op === 'create' && removedThere.has(String(write.data.code));
        if (seen.has(id) && !wasRemoved) {
          report({ kind: 'double-effect', detail: `${op} of ${name} was carried out twice` });
        }
        seen.set(id, one.lookedTo);
      }
    }
  }

  return {
    copied() {
      for (const one of watched) one.copiedAt = one.nasty.applied.length;
    },
    restored(waiting) {
      marks = waiting;
    },
    started() {
      look();
      // Sent after the copy was made, by a row that had not been sent in it: nothing in the store tells of that.
      for (const { seen, copiedAt } of watched) {
        for (const id of marks) if ((seen.get(id) ?? -1) >= copiedAt) seen.delete(id);
      }
      marks = [];
    },
    look,
  };
}
