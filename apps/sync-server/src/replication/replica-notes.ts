import { type Caller, MAX_NOTES, type NoteRequest, type NoteResponse } from '@datastores/core/protocol';
import type { Clock } from '../clock.ts';
import type { Store } from '../store/store.ts';
import { claimReplica } from './access.ts';

/** What is remembered of a replica that has something unpushed. */
interface ReplicaNote {
  readonly replica: string;
  readonly place: string;
  readonly unpushed: number;
  /** Milliseconds since 1970. */
  readonly toldAt: number;
}

/** Where notes lie: a value for each subject, like the cursor of a stream of a system that nobody can configure. */
const PLACE = { system: '@replicas', kind: 'changes' } as const;
const SCOPE = '@replicas';

/** Who was not seen for so long is forgotten, milliseconds: thirteen months, so that a season that comes once a year is seen. */
const KEPT_MS = 400 * 24 * 3_600_000;

/**
 * Remembers for each subject which of its replicas have changes that were not pushed, at most {@link MAX_NOTES}, and tells the
 * others of the subject. A replica without any costs nothing but a read. Whose a replica is follows from the token, and
 * nobody learns of those of others.
 */
export function createReplicaNotes({ store, clock }: { readonly store: Store; readonly clock: Clock }) {
  /** What is under way, by subject: two at once would each write what the other one does not know of. */
  const turns = new Map<string, Promise<unknown>>();

  async function note(request: NoteRequest, { subject }: Caller): Promise<NoteResponse> {
    const before = ((await store.cursor(PLACE.system, subject, PLACE.kind)) ?? []) as unknown as readonly ReplicaNote[];
    const after = notesAfter(before, request, clock.now());
    if (JSON.stringify(after) !== JSON.stringify(before)) {
      const cursor = { ...PLACE, stream: subject, cursor: after.map((one) => ({ ...one })) };
      await store.write({ scope: SCOPE }, () => ({ cursor, result: null }));
    }
    const others = after.filter(({ replica }) => replica !== request.replica);
    return { others: others.map(({ place, ...rest }) => ({ ...rest, here: place === request.place })) };
  }

  return async (request: NoteRequest, caller: Caller): Promise<NoteResponse> => {
    await claimReplica(store, request.replica, caller);
    const turn = (turns.get(caller.subject) ?? Promise.resolve()).then(() => note(request, caller));
    const settled = turn.catch(() => undefined);
    turns.set(caller.subject, settled);
    await settled;
    if (turns.get(caller.subject) === settled) turns.delete(caller.subject);
    return turn;
  };
}

/** What is remembered after a replica has said how things are, the newest last. Pure. */
export function notesAfter(
  before: readonly ReplicaNote[],
  { replica, place, unpushed, dismissed }: Omit<NoteRequest, 'protocol'>,
  now: number,
): readonly ReplicaNote[] {
  const others = before.filter(
    (one) => one.replica !== replica && !dismissed.includes(one.replica) && one.toldAt > now - KEPT_MS,
  );
  return unpushed === 0 ? others : [...others, { replica, place, unpushed, toldAt: now }].slice(-MAX_NOTES);
}
