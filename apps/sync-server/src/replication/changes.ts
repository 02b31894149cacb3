import {
  type Caller,
  type ChangesRequest,
  isReservedScope,
  type Poke,
  receiptsScope,
  type Step,
  SYSTEMS_SCOPE,
} from '@datastores/core/protocol';
import { systemStates, writeReceipts } from '@datastores/core/schema';
import type { Clock } from '../clock.ts';
import type { Store } from '../store/store.ts';
import { rulesOf } from './access.ts';
import type { AccessRulesByDatastore } from './access-rules.ts';
import { type LiveChange, MAX_POKE_SIZE } from './live-change.ts';
import type { LiveFeed } from './live-feed.ts';
import { createMailbox, type Piece } from './mailbox.ts';
import { isSameSight, type Sight, sightOf } from './sight.ts';

/** What a stream of pokes lives on. */
export interface ChangesOptions {
  readonly store: Store;
  readonly rules: AccessRulesByDatastore;
  /** False for a caller whose access was withdrawn. Null: nobody can withdraw one. */
  readonly holds: ((caller: Caller) => Promise<boolean>) | null;
  readonly feed: LiveFeed;
  readonly clock: Clock;
  /** Aborts when the server drains. */
  readonly closing: AbortSignal;
}

/** Who wants to hear of which changes, and for how long. */
export interface ChangesCall {
  readonly request: ChangesRequest;
  readonly caller: Caller;
  readonly signal: AbortSignal;
}

/**
 * Pokes of one caller. What comes while the consumer does not read is kept in a mailbox that stays small, however long
 * it sleeps: a slow one is told to pull. Ends with the signal, the server, the token, or when the caller sees something else
 * than it did at the beginning: the replica opens another one at once, and is told where it stands.
 */
export async function* changes(options: ChangesOptions, call: ChangesCall): AsyncGenerator<Poke> {
  const { store, rules, feed, clock, closing } = options;
  const { request, caller, signal } = call;
  const sight = sightOf(rules, request, caller);
  const scopes = [...sight.scopes, ...(await ownScopes(store, request, caller))];
  const ended = new AbortController();
  const end = () => ended.abort();
  const wanted = new Set(Object.keys(request.datastores));
  const mailbox = createMailbox((scope, name) => sight.of(scope)?.includes(name) ?? wanted.has(name));
  let wake = () => {};
  const stop = feed.listen(scopes, (change) => {
    if (mailbox.add(change)) wake();
  });
  for (const source of [signal, closing]) source.addEventListener('abort', end, { once: true });
  ended.signal.addEventListener('abort', () => wake(), { once: true });
  try {
    if (signal.aborted || closing.aborted) return;
    if (caller.expiresAt !== null) void endAt(clock, caller.expiresAt, ended);
    void endWithAccess(options, call, { sight, ended });
    yield { all: true, steps: await headsOf(store, scopes, sight) };
    while (!ended.signal.aborted) {
      if (mailbox.isWaiting) yield await pokeOf(mailbox.take(), request.datastores, sight);
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    stop();
    end();
    for (const source of [signal, closing]) source.removeEventListener('abort', end);
  }
}

/** The server-owned scopes that the stream tells of. A replica that belongs to somebody else hears of no receipts. */
async function ownScopes(store: Store, { datastores, replica }: ChangesRequest, { subject }: Caller) {
  const scopes = Object.hasOwn(datastores, systemStates.name) ? [SYSTEMS_SCOPE] : [];
  if (replica === undefined || !Object.hasOwn(datastores, writeReceipts.name)) return scopes;
  return (await store.claimReplica(replica, subject)) ? [...scopes, receiptsScope(replica)] : scopes;
}

/** Of its own scopes the server says only that there is something: most replicas have no receipts, and then need not ask. */
async function headsOf(store: Store, scopes: readonly string[], sight: Sight): Promise<Step[]> {
  const steps: Step[] = [];
  for (const scope of scopes) {
    const { position } = await store.head(scope);
    if (position.seq === 0 && isReservedScope(scope)) continue;
    steps.push({ scope, after: null, to: position, changes: {}, ...ofIn(sight, scope) });
  }
  return steps;
}

const shared = new WeakMap<LiveChange, Map<string, Promise<Poke>>>();

/** Most pokes are of one commit, and the same for most streams: then it is the same object, which is written down once. */
function pokeOf(pieces: readonly Piece[], versions: ChangesRequest['datastores'], sight: Sight): Promise<Poke> {
  const [piece] = pieces;
  const change = piece?.change ?? null;
  const isWhole = piece?.after === change?.after && piece?.to === change?.position;
  if (pieces.length !== 1 || change === null || !isWhole) return madeOf(pieces, versions, sight);
  const pokes = shared.get(change) ?? new Map<string, Promise<Poke>>();
  shared.set(change, pokes);
  const key = JSON.stringify([versions, sight.of(change.scope)]);
  const poke = pokes.get(key) ?? madeOf(pieces, versions, sight);
  pokes.set(key, poke);
  return poke;
}

async function madeOf(pieces: readonly Piece[], versions: ChangesRequest['datastores'], sight: Sight): Promise<Poke> {
  const steps: Step[] = [];
  let size = 0;
  for (const { scope, after, to, touched, change } of pieces) {
    const changes: Step['changes'] = {};
    for (const name of touched) {
      const version = versions[name];
      const rows = change === null || version === undefined ? null : await change.rows(name, version);
      size += rows?.length ?? 0;
      changes[name] = size > MAX_POKE_SIZE ? null : rows;
    }
    steps.push({ scope, after, to, changes, ...ofIn(sight, scope) });
  }
  return { all: false, steps };
}

function ofIn(sight: Sight, scope: string): Pick<Step, 'of'> {
  const of = sight.of(scope);
  return of === null ? {} : { of: [...of] };
}

/** After so long at most a stream ends whose caller has lost its access, or sees something else now. */
const LOOK_EVERY_MS = 2_000;

async function endWithAccess(
  { rules, holds, clock }: ChangesOptions,
  { request, caller }: ChangesCall,
  { sight, ended }: { readonly sight: Sight; readonly ended: AbortController },
): Promise<void> {
  const changes = Object.keys(request.datastores).some((name) => rulesOf(rules, name).scopes !== undefined);
  if (holds === null && !changes) return;
  while (!ended.signal.aborted) {
    await clock.sleep(LOOK_EVERY_MS, ended.signal);
    try {
      const goesOn = isSameSight(sight, sightOf(rules, request, caller)) && ((await holds?.(caller)) ?? true);
      if (!goesOn) ended.abort();
    } catch {
      // A rule that cannot be asked grants nothing: the next request is told why.
      ended.abort();
    }
  }
}

async function endAt(clock: Clock, time: number, ended: AbortController): Promise<void> {
  while (!ended.signal.aborted && clock.now() < time) await clock.sleep(time - clock.now(), ended.signal);
  ended.abort();
}
