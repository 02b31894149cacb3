import { type ChangesListener, DatastoreError, type Transport } from '@datastores/core';
import type { Leadership } from './leadership.ts';

/**
 * A transport for the tab that replicates, and for nobody else: before a request goes out, and before its answer is taken in,
 * it is made sure that the tab still leads. A tab that was frozen in between and replaced wakes up with answers in its hands;
 * what they say was true when it fell asleep, and applied beside the work of the new one it would set that back.
 */
export function fencedTransport(transport: Transport, leadership: Leadership): Transport {
  const fenced = async <T>(call: () => Promise<T>): Promise<T> => {
    await assertLeads(leadership);
    const answer = await call();
    await assertLeads(leadership);
    return answer;
  };
  return {
    info: (signal) => transport.info(signal),
    pull: (request, signal) => fenced(() => transport.pull(request, signal)),
    push: (request, signal) => fenced(() => transport.push(request, signal)),
    digest: (request, signal) => fenced(() => transport.digest(request, signal)),
    changes: (wanted, listener) => transport.changes(wanted, fencedListener(listener, leadership)),
  };
}

function fencedListener(listener: ChangesListener, leadership: Leadership): ChangesListener {
  let waiting: Promise<unknown> | null = null;
  return {
    poke(poke) {
      if (waiting === null && leadership.heldJustNow()) {
        listener.poke(poke);
        return;
      }
      const turn: Promise<void> = (waiting ?? Promise.resolve())
        .then(() => leadership.holds())
        .then((holds) => {
          if (holds) listener.poke(poke);
        })
        // What a poke may have said is in the next one, or is pulled.
        .catch(() => undefined)
        .finally(() => {
          if (waiting === turn) waiting = null;
        });
      waiting = turn;
    },
    ended: (error) => listener.ended(error),
  };
}

async function assertLeads(leadership: Leadership): Promise<void> {
  if (!(await leadership.holds())) {
    throw new DatastoreError('REPLICA_CLOSED', 'Another tab replicates this database now.');
  }
}
