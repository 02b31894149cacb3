import { type PullResponse, type PushResponse, parseVersion } from '@datastores/core/protocol';
import type { History } from './history.ts';

/**
 * Which acknowledged pushes have come back to their device by a pull. Until they have, a store that goes back to before
 * them is not noticed: the checkpoint of the device is older than the restored state and fits it.
 */
export interface PulledBack {
  /** An answer has arrived at a device. */
  arrived(device: string, datastore: string, answer: PullResponse | PushResponse): void;
  /** True if every device has pulled what it was told that the server has. */
  isEverything(): boolean;
}

/** Watches the answers that arrive. */
export function createPulledBack(history: History): PulledBack {
  const acknowledged = new Map<string, number>();
  const pulled = new Map<string, number>();
  return {
    arrived(device, datastore, answer) {
      if (answer.kind === 'page') {
        for (const [scope, { seq }] of Object.entries(answer.checkpoint))
          pulled.set(`${device} ${datastore} ${scope}`, seq);
      }
      if (answer.kind !== 'done') return;
      for (const { id, version } of answer.outcomes) {
        const seq = version === null ? 0 : (parseVersion(version)?.seq ?? 0);
        for (const scope of history.scopesOf(datastore, id)) {
          const name = `${device} ${datastore} ${scope}`;
          acknowledged.set(name, Math.max(acknowledged.get(name) ?? 0, seq));
        }
      }
    },
    isEverything: () => [...acknowledged].every(([name, seq]) => (pulled.get(name) ?? 0) >= seq),
  };
}
