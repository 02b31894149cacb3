import type { Status } from './status.ts';

/** When the replica last had what the server had, and how far the clock of the server is ahead of that of the device. */
export interface Contact {
  /** Until when a datastore is known to be as the server had it, by the clock of the device; null: not since it was opened. */
  inTouchAt(datastore: string): number | null;
  /** Milliseconds that the server's clock is ahead of the device's; 0 as long as it is not known. */
  clockAheadMs(): number;
}

/** What contact is known from. */
export interface ContactOptions {
  readonly now: () => number;
  readonly status: (datastore: string) => Status | null;
  readonly streamConnected: () => boolean;
}

/** Keeps in mind when there was contact. `told` is called with the server's time, `streamChanged` when the stream comes or goes. */
export function createContact(
  options: ContactOptions,
): Contact & { told(serverNow: number, asked: number): void; streamChanged(): void } {
  const { now, status, streamConnected } = options;
  let connected = false;
  let heardAt = 0;
  let clockAheadMs = 0;
  return {
    inTouchAt(datastore) {
      const { state = 'closed', syncedAt = null } = status(datastore) ?? {};
      if (syncedAt === null) return null;
      // Pokes bring whatever is new; the end of their stream says until when they did.
      if (state !== 'live') return syncedAt;
      return streamConnected() ? now() : Math.max(syncedAt, heardAt);
    },
    clockAheadMs: () => clockAheadMs,
    told(serverNow, asked) {
      const here = now();
      clockAheadMs = Math.round(serverNow - (asked + here) / 2);
    },
    streamChanged() {
      const was = connected;
      connected = streamConnected();
      if (was && !connected) heardAt = now();
    },
  };
}
