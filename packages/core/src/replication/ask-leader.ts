import { type BehaviorSubject, filter, firstValueFrom, map, merge, type Observable, race, skip, timer } from 'rxjs';
import type { Connection } from './connect.ts';
import {
  type SharedLine,
  type SharedMessage,
  type SharedResult,
  type SharedWork,
  wired,
  wiredStatus,
} from './shared-line.ts';

/** Who replicates: this instance, or another one. Emitted again whenever another one has begun. */
export interface Leader {
  readonly here: Connection | null;
}

/** How long somebody else is waited for, milliseconds: several times what it takes to replace one that is gone. */
const PATIENCE_MS = 30_000;

/**
 * Has work done by whoever replicates: here, or by asking over the line, once more whenever another instance has come to
 * replicate. Undefined where nobody answers, and once this instance is closed.
 */
export async function askLeader(
  line: SharedLine,
  leader$: BehaviorSubject<Leader>,
  work: SharedWork,
): Promise<SharedResult | undefined> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const { here } = leader$.value;
    if (here !== null) {
      const done = await doWork(here, work);
      // One that leads no longer was closed meanwhile, and may have done nothing.
      if (leader$.value.here === here) return done;
      continue;
    }
    const moved$ = leader$.pipe(skip(1));
    const otherwise$ = merge(moved$, timer(deadline - Date.now())).pipe(map(() => null));
    const result = await firstValueFrom(race(answer$(line, work), otherwise$), { defaultValue: undefined });
    if (result !== null) return result;
  }
  return undefined;
}

/** Does what another instance asks for, and answers. */
export async function answerAsked(
  line: SharedLine,
  here: Connection,
  { id, work }: Extract<SharedMessage, { kind: 'ask' }>,
): Promise<void> {
  line.tell({ kind: 'done', id, result: await doWork(here, work) });
}

async function doWork(here: Connection, work: SharedWork): Promise<SharedResult> {
  if (work.do === 'check') return { reports: (await here.check()).map(wired) };
  if (work.do === 'pull') return { status: wiredStatus(await here.pullOwn(work.own)) };
  await here.syncNow();
  return {};
}

/** Asked once there is somebody to hear the answer. */
function answer$(line: SharedLine, work: SharedWork): Observable<SharedResult> {
  const id = globalThis.crypto.randomUUID();
  queueMicrotask(() => line.tell({ kind: 'ask', id, work }));
  return line.heard$.pipe(
    filter((message) => message.kind === 'done'),
    filter((message) => message.id === id),
    map(({ result }) => result),
  );
}
