import type { PushOutcome } from '../protocol/push.ts';

/**
 * What the server has taken since the replica was opened, the newest last: between the answer to a push and the receipt
 * that follows it, an older receipt says nothing of the write.
 */
export interface AcceptedWrites {
  note(datastore: string, outcomes: readonly PushOutcome[]): void;
  /** Version of the newest write of a document that was taken; undefined: none was, or long ago. */
  version(datastore: string, id: string): string | undefined;
}

/** Writes that are remembered; a receipt that has not come after so many others shows what the server last said. */
const MOST = 10_000;

/** Remembers nothing yet. */
export function createAcceptedWrites(): AcceptedWrites {
  const versions = new Map<string, string>();
  const nameOf = (datastore: string, id: string) => `${datastore}/${id}`;
  return {
    note(datastore, outcomes) {
      for (const outcome of outcomes) {
        if (outcome.is !== 'accepted' && outcome.is !== 'merged') continue;
        const name = nameOf(datastore, outcome.id);
        versions.delete(name);
        versions.set(name, outcome.version);
      }
      for (const name of versions.keys()) {
        if (versions.size <= MOST) break;
        versions.delete(name);
      }
    },
    version: (datastore, id) => versions.get(nameOf(datastore, id)),
  };
}
