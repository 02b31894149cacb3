import { type Outcome, SystemError, type Write } from '../connector.ts';
import { pushInOrder } from '../push-in-order.ts';
import { sendBatch } from './batch.ts';
import { rootOf } from './client.ts';
import { getRecords } from './get-records.ts';
import type { Service } from './service.ts';
import { afterwards, settle } from './settle.ts';
import { requestOf } from './write-request.ts';

/** Makes writes, in one batch or one by one, and reads what the answers do not tell of the records. */
export async function pushWrites(service: Service, writes: readonly Write[]): Promise<Outcome[]> {
  const { batch } = service.options;
  const outcomes = batch
    ? await sendBatch(service, batch, writes)
    : await pushInOrder(writes, (write) => pushOne(service, write));
  const bare = outcomes.flatMap((outcome, at) => (isBare(outcome) && writes[at]?.op !== 'delete' ? [outcome.key] : []));
  if (bare.length === 0) return outcomes;
  const items = await afterwards(() => getRecords(service, bare));
  return outcomes.map((outcome) => {
    const item = isBare(outcome) ? items?.get(outcome.key) : undefined;
    return item ? { ...outcome, item } : outcome;
  });
}

async function pushOne(service: Service, write: Write): Promise<Outcome | SystemError> {
  const request = requestOf(service, write);
  if ('is' in request) return request;
  const { method, path, headers, body } = request;
  try {
    const address = `${rootOf(service.options)}/${path}`;
    return await settle(service, write, await service.send({ method, address, headers, ...(body && { body }) }));
  } catch (error) {
    // No access token was to be had: nothing was sent.
    if (error instanceof SystemError) return error;
    throw error;
  }
}

function isBare(outcome: Outcome): outcome is Extract<Outcome, { is: 'applied' }> {
  return outcome.is === 'applied' && outcome.item === undefined;
}
