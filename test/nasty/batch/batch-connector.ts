import { type Connector, type Outcome, type Stream, SystemError, type Write } from '@datastores/sync-server/connector';
import { rest } from '@datastores/sync-server/rest';
import type { RestService } from '../../support/rest-service.ts';
import { type RestSample, restOptions } from '../../sync-server/connectors/rest/rest-place.ts';
import type { BatchKind } from './batch-endpoint.ts';

/** Reads as `rest` does and writes in batches. */
export function batchConnector(service: RestService, sample: RestSample, kind: BatchKind): Connector {
  const connector = rest(restOptions(service, sample, 50));
  const right = connector.streams.items as Stream;
  const items: Stream = {
    ...right,
    traits: { ...right.traits, guarded: false, batch: { max: 8, fails: kind } },
    push: async (writes, { fetch, signal }) => {
      const response = await fetch(`${service.url}/batch`, {
        method: 'POST',
        headers: { authorization: `Bearer ${service.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(writes.map(entryOf)),
        signal,
      });
      if (response.status >= 500) throw new SystemError('down', `Status ${response.status}.`);
      if (response.status === 422) return writes.map(() => ({ is: 'rejected', reason: 'The batch was refused.' }));
      const keys = (await response.json()) as readonly (number | null)[];
      return keys.map(
        (key): Outcome =>
          key === null ? { is: 'rejected', reason: 'The record is wrong.' } : { is: 'applied', key: String(key) },
      );
    },
  };
  return { ...connector, streams: { items } };
}

function entryOf(write: Write) {
  if (write.op === 'create') return { fields: { ...write.data, external_ref: write.ref } };
  if (write.op === 'update') return { id: write.key, fields: write.patch };
  throw new Error(`The batches of this system know no ${write.op}.`);
}
