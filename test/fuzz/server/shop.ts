import { eventDriven } from '@datastores/core';
import { hmacSignature, type SyncServerConfig, type WebhookEvent, webhooks } from '@datastores/sync-server';
import type { Stream } from '@datastores/sync-server/connector';
import { HOOK_HEADER, HOOK_ID_HEADER, HOOK_SECRET, HOOK_SYSTEM } from './place.ts';
import { SERVED } from './served.ts';

/** The system whose webhooks the server of a run takes. It has no record of any key, so nothing that is read changes a document. */
export function shopSystem(): Pick<SyncServerConfig, 'systems' | 'bindings'> {
  const [datastore] = SERVED;
  if (datastore === undefined) throw new Error('The server serves no datastore.');
  const connector = webhooks({
    connector: { kind: 'empty', streams: { items }, check: async () => {}, close: async () => {} },
    scheme: hmacSignature({ secrets: [HOOK_SECRET], header: HOOK_HEADER, idHeader: HOOK_ID_HEADER }),
    notices: noticesOf,
  });
  return {
    systems: { [HOOK_SYSTEM]: { connector } },
    bindings: [
      {
        system: HOOK_SYSTEM,
        stream: 'items',
        datastore,
        mapping: 1,
        toDocument: (record) => ({ ...record }),
        fields: { name: { from: 'there' } },
        strategies: [eventDriven()],
      },
    ],
  };
}

const items: Stream = {
  traits: {
    order: 'none',
    deletes: 'none',
    creates: 'unsafe',
    guarded: false,
    adds: false,
    batch: { max: 1, fails: 'each' },
  },
  get: async () => new Map(),
};

/** Passes on what is said as it is said: what a key may be is for the server to judge. */
function noticesOf({ data }: WebhookEvent) {
  const { stream, keys } = (data ?? {}) as { readonly stream?: unknown; readonly keys?: unknown };
  return [{ stream: stream as string, keys: keys as string[] }];
}
