import type { Clock } from '../clock.ts';
import type { SystemError } from '../connectors/connector.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import type { SystemState } from '../store/system-state.ts';
import { type BreakerEvent, type BreakerGate, gateOf, newSystemState, nextSystemState } from './breaker.ts';

/** The breaker of one system with its memory in the store. */
export interface Circuit {
  load(): Promise<void>;
  state(): SystemState;
  gate(): BreakerGate;
  /** Notes that the system answered. */
  succeeded(): Promise<void>;
  /** Notes a failure of the system as a whole. */
  failed(error: SystemError): Promise<void>;
}

/** What a circuit works with. */
export interface CircuitOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}

/** How old the stored time of the last success may become before it is stored again. */
const SUCCESS_STALE_MS = 60_000;

/** The circuit of a system. */
export function createCircuit(system: string, { store, clock, log, random }: CircuitOptions): Circuit {
  let state = newSystemState(system, clock.now());
  let savedSuccess = 0;

  const advance = async (event: BreakerEvent) => {
    const before = state;
    state = nextSystemState(before, event);
    const changed = state.state !== before.state;
    if (changed) {
      const detail = { system, state: state.state, error: state.error, retryAt: state.retryAt };
      if (state.state === 'healthy') log.info('system-healthy', detail);
      else log.warn('system-unavailable', detail);
    }
    const stale = (state.lastSuccessAt ?? 0) - savedSuccess > SUCCESS_STALE_MS;
    if (!changed && state.failures === before.failures && !stale) return;
    savedSuccess = state.lastSuccessAt ?? 0;
    await store.saveSystemState(state);
  };

  return {
    load: async () => {
      state = (await store.systemState(system)) ?? state;
    },
    state: () => state,
    gate: () => gateOf(state, clock.now()),
    succeeded: () => advance({ is: 'succeeded', now: clock.now() }),
    failed: (error) =>
      advance({
        is: 'tripped',
        now: clock.now(),
        // Outside a reading of changes a lost cursor makes no sense: the system answers in a form nobody expects.
        kind: error.kind === 'cursor-lost' ? 'shape' : error.kind,
        reason: `${error.kind}: ${error.message}`,
        afterMs: error.afterMs,
        random,
      }),
  };
}
