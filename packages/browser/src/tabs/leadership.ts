import { BehaviorSubject, type Observable } from 'rxjs';
import { CALL_EVERY_MS, type ElectionAction, type ElectionEvent, NOT_YET_ELECTED, nextElection } from './election.ts';
import { RESERVE_MS, type Standing } from './standing.ts';
import type { TabChannel } from './tab-channel.ts';

/** Which tab replicates. */
export interface Leadership {
  /** True while it is this one. */
  readonly leads$: Observable<boolean>;
  /**
   * Asks the platform whether this tab still has the lock, unless it was asked just now. A tab that was frozen while
   * another one took over finds out here, before it does anything on account of an answer that came before.
   */
  holds(): Promise<boolean>;
  /** True if that was asked so lately that no other tab can have taken over since. */
  heldJustNow(): boolean;
  /** Whoever was to lead instead does not come: see {@link Standing}. */
  standIn(): void;
  close(): void;
}

/** A takeover takes several unanswered calls, each of them longer than this. */
const JUST_NOW_MS = CALL_EVERY_MS;

/**
 * Takes part in the election, see {@link nextElection}. Where the platform has no locks there are no other tabs either that
 * a database could be shared with: then this one leads.
 */
export function createLeadership(name: string, channel: TabChannel, standing: Standing = 'equal'): Leadership {
  const locks: LockManager | undefined = globalThis.navigator?.locks;
  return locks === undefined ? alone() : elect(`datastores/${name}/leader`, { channel, locks, standing });
}

function alone(): Leadership {
  const leads$ = new BehaviorSubject(true);
  return {
    leads$,
    holds: async () => true,
    heldJustNow: () => true,
    standIn: () => {},
    close: () => leads$.complete(),
  };
}

/** What an election is held with. */
interface Electing {
  readonly channel: TabChannel;
  readonly locks: LockManager;
  readonly standing: Standing;
}

function elect(lock: string, { channel, locks, standing }: Electing): Leadership {
  const leads$ = new BehaviorSubject(false);
  const ownId = ownClientId(locks, lock);
  let state = NOT_YET_ELECTED;
  let release = () => {};
  let queued: AbortController | undefined;
  let heldAt = Number.NEGATIVE_INFINITY;

  function happen(event: ElectionEvent): void {
    const step = nextElection(state, event);
    state = step.state;
    for (const action of step.actions) act(action);
  }

  function act(action: ElectionAction): void {
    if (action === 'call') channel.tell({ kind: 'call' });
    if (action === 'queue') {
      queued = new AbortController();
      request({ signal: queued.signal });
    }
    if (action === 'steal') {
      queued?.abort();
      request({ steal: true });
    }
    if (action === 'begin') {
      heldAt = performance.now();
      channel.tell({ kind: 'here' });
      leads$.next(true);
    }
    if (action === 'end') {
      heldAt = Number.NEGATIVE_INFINITY;
      leads$.next(false);
    }
  }

  function request(options: LockOptions): void {
    let granted = false;
    const hold = () => {
      if (state.role === 'closed') return;
      granted = true;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      happen('granted');
      return held;
    };
    // A request that was taken back is none that was lost; one that was stolen is, whether its grant was heard of or not.
    locks.request(lock, options, hold).catch(() => {
      if (granted || options.steal === true) happen('lost');
    });
  }

  async function holds(): Promise<boolean> {
    if (heldJustNow()) return true;
    if (state.role !== 'leading') return false;
    const asked = performance.now();
    const [id, { held = [] }] = await Promise.all([ownId, locks.query()]);
    const isOurs = held.some((one) => one.name === lock && one.clientId === id);
    if (isOurs && state.role === 'leading') heldAt = asked;
    else happen('lost');
    return isOurs && state.role === 'leading';
  }

  function heldJustNow(): boolean {
    return state.role === 'leading' && performance.now() - heldAt < JUST_NOW_MS;
  }

  const heard = channel.heard$.subscribe(({ kind }) => {
    if (kind === 'here') happen('heard');
    if (kind !== 'call' || state.role !== 'leading') return;
    // One that was frozen answers calls of long ago: only who has the lock may say so.
    holds().then(
      (ours) => ours && channel.tell({ kind: 'here' }),
      () => undefined,
    );
  });
  let timer: ReturnType<typeof setInterval> | undefined;
  /** Takes part from now on. */
  function stand(first: 'queue' | 'steal'): void {
    if (timer !== undefined || state.role === 'closed') return;
    timer = setInterval(() => happen('tick'), CALL_EVERY_MS);
    act(first);
  }
  const reserve = standing === 'in-reserve' ? setTimeout(stand, RESERVE_MS, 'queue') : undefined;
  if (standing !== 'in-reserve') stand(standing === 'preferred' ? 'steal' : 'queue');
  return {
    leads$,
    holds,
    heldJustNow,
    standIn: () => stand('queue'),
    close() {
      clearTimeout(reserve);
      clearInterval(timer);
      heard.unsubscribe();
      happen('closed');
      queued?.abort();
      release();
      leads$.complete();
    },
  };
}

/** What the platform calls this tab, found by a lock that nobody else can have. */
async function ownClientId(locks: LockManager, lock: string): Promise<string | undefined> {
  const own = `${lock}/${crypto.randomUUID()}`;
  return locks.request(own, async () => {
    const { held = [] } = await locks.query();
    return held.find(({ name }) => name === own)?.clientId;
  });
}
