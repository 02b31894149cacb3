import type { Outcome, Write } from '../connector.ts';
import type { RawRecord } from './record.ts';
import { boundsOf, pathOf } from './record-key.ts';
import { repeatabilityHeaders } from './repeatability.ts';
import type { Service } from './service.ts';

/** A write as a request, alone or in a batch. */
export interface WriteRequest {
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  /** Behind the service root, without a leading slash. */
  readonly path: string;
  /** Names in lower case: in a batch some services do not know them otherwise. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RawRecord;
}

/** The request of a write, or the outcome of one that cannot be asked for. */
export function requestOf(service: Service, write: Write): WriteRequest | Outcome {
  const { stream, context } = service;
  if (write.op === 'create') {
    if (!stream.create) return unsupported('created', 'create');
    const headers = { ...WANTS_RECORD, ...(stream.repeatable && repeatabilityHeaders(write, context.now())) };
    const body = { ...write.data, ...(stream.ref !== undefined && { [stream.ref]: write.ref }) };
    return { method: 'POST', path: stream.set, headers, body };
  }
  if (write.op === 'add') {
    const reason = 'A quantity cannot be changed by a difference over there: the protocol has no way to.';
    return { is: 'rejected', reason };
  }
  const bounds = boundsOf(stream, write.key);
  if (!bounds) return { is: 'missing' };
  const path = pathOf(stream, bounds);
  if (write.op === 'delete') {
    if (!stream.delete) return unsupported('deleted', 'delete');
    return { method: 'DELETE', path, headers: stream.guard ? { 'if-match': write.ifVersion ?? '*' } : {} };
  }
  if (!stream.update) return unsupported('updated', 'update');
  // Without If-Match a PATCH of a record that is gone would make a new one.
  const ifMatch = (stream.guard ? write.ifVersion : undefined) ?? '*';
  return { method: 'PATCH', path, headers: { ...WANTS_RECORD, 'if-match': ifMatch }, body: write.patch };
}

const WANTS_RECORD = { prefer: 'return=representation' };

function unsupported(what: string, option: string): Outcome {
  return { is: 'rejected', reason: `Records of this stream cannot be ${what}: declare ${option} to allow it.` };
}
