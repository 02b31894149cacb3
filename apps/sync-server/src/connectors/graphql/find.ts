import type { JsonObject } from '@datastores/core/schema';
import { type Item, SystemError, type Write } from '../connector.ts';
import { landed } from '../landed.ts';
import { valueAt } from '../rest/dot-path.ts';
import { single } from './compose.ts';
import { getRecord } from './get-records.ts';
import { completeData } from './read-error.ts';
import { recordsIn } from './read-page.ts';
import { keyOf } from './record.ts';
import type { Service } from './service.ts';
import { fill } from './template.ts';

/** Did this write land? See {@link landed}. */
export function findWrite(service: Service, write: Write): Promise<Item | null> {
  return landed(write, {
    byRef: (ref) => findByRef(service, ref),
    byKey: (key) => getRecord(service, key),
  });
}

/** The record that carries a reference of ours, as a point read sees it. */
export async function findByRef(service: Service, wanted: string): Promise<Item | null> {
  const { name, stream, client, context, options } = service;
  const { ref, find } = stream;
  if (!ref || !find) return null;
  const request = single({ document: find.document, variables: fill(find.variables, { ref: wanted }) as JsonObject });
  const answer = await client.ask(request, { kind: `${name} ref`, width: 1 }, context);
  const place = valueAt(completeData(answer, options.codes), find.at) ?? null;
  const records = recordsIn(place) ?? [place];
  // A service that takes the reference for a word to search for answers with more than was asked for.
  const found = records.find((record) => record !== null && valueAt(record, ref.field) === wanted);
  if (found === undefined || found === null) return null;
  const key = keyOf(stream, found);
  if (key === undefined)
    throw new SystemError('shape', `The record found by its reference has no key at ${stream.key}.`);
  return getRecord(service, key);
}
