import type { JsonValue } from '@datastores/core/schema';
import { z } from 'zod';
import { type Change, type Page, SystemError } from '../connector.ts';
import { createCircleGuard } from '../rest/circle-guard.ts';
import { absolute, type Collection, readCollection } from './collection.ts';
import { getRecords } from './get-records.ts';
import { annotationOf, type RawRecord, toItem } from './record.ts';
import { keyInId, keyOf } from './record-key.ts';
import { addressOf, type Service } from './service.ts';

/**
 * What changed, by the delta links of the service: first all records, then from each link what changed since. A link
 * that the service has forgotten is `cursor-lost`.
 */
export async function* readDelta(service: Service, cursor: JsonValue): AsyncGenerator<Page> {
  let at = parseCursor(cursor);
  const prefer = `odata.track-changes,odata.maxpagesize=${service.stream.pageSize}`;
  const goesOn = createCircleGuard();
  for (;;) {
    const page = await readTracked(service, at, prefer);
    const changes = at?.delta ? await changesIn(service, page) : page.records.map((record) => put(service, record));
    const path = page.next ?? page.delta;
    if (path === undefined) {
      const remedy = 'Declare changes by stamp instead, or have change tracking enabled for this set.';
      throw new SystemError('shape', `${service.stream.set} has no delta link: its changes are not tracked. ${remedy}`);
    }
    const next = { at: path, delta: page.next === undefined || at?.delta === true };
    if (changes.length > 0 || next.at !== at?.at) yield { changes, cursor: next };
    if (page.next === undefined) return;
    goesOn(page.next);
    at = next;
  }
}

type Cursor = z.output<typeof cursorSchema>;

async function readTracked(service: Service, at: Cursor | null, prefer: string): Promise<Collection> {
  const { filter } = service.stream;
  return at === null
    ? readCollection(service, addressOf(service, { $filter: filter }), { prefer })
    : readCollection(service, absolute(service, at.at), { prefer, resumes: true });
}

/** A later state stands for the earlier ones of the same page. */
async function changesIn(service: Service, page: Collection): Promise<Change[]> {
  const { stream } = service;
  const last = new Map<string, RawRecord | 'removed' | 'related'>();
  for (const record of page.records) {
    const seen = entryOf(service, record);
    if (!seen) continue;
    last.delete(seen.key);
    last.set(seen.key, seen.is === 'changed' ? record : seen.is);
  }
  const { whole } = stream.changes as { readonly whole: boolean };
  const unsure = [...last].filter(([, entry]) => entry === 'related' || (entry !== 'removed' && !whole));
  const read = await getRecords(
    service,
    unsure.map(([key]) => key),
  );
  return [...last].map(([key, entry]): Change => {
    if (entry === 'removed') return { op: 'delete', key };
    if (entry !== 'related' && whole) return put(service, entry);
    const item = read.get(key);
    return item ? { op: 'put', ...item } : { op: 'delete', key };
  });
}

interface Entry {
  readonly key: string;
  readonly is: 'changed' | 'removed' | 'related';
}

/** What an entry of a delta is about; null: a record of another set, which came along with an expanded one. */
function entryOf({ stream }: Service, record: RawRecord): Entry | null {
  const context = String(annotationOf(record, 'context') ?? '');
  const kind = /\/\$(deletedEntity|link|deletedLink)$/.exec(context)?.[1];
  if (kind === 'link' || kind === 'deletedLink') return named(stream, record.source, 'related');
  const removed = kind === 'deletedEntity' || annotationOf(record, 'removed') !== undefined;
  if (!removed) {
    const own = context === '' || context.includes(`#${stream.set}`);
    const key = own ? keyOf(stream, record) : null;
    if (own && key === null) throw new SystemError('shape', `A record in the delta of ${stream.set} has no key.`);
    return key === null ? null : { key, is: 'changed' };
  }
  const key = keyOf(stream, record);
  return key === null ? named(stream, annotationOf(record, 'id') ?? record.id, 'removed') : { key, is: 'removed' };
}

function named(stream: Service['stream'], id: JsonValue | undefined, is: Entry['is']): Entry {
  const key = typeof id === 'string' ? keyInId(stream, id) : null;
  if (key !== null) return { key, is };
  throw new SystemError(
    'shape',
    `The delta of ${stream.set} names a record in a way that is not known: ${String(id)}.`,
  );
}

function put({ stream }: Service, record: RawRecord): Change {
  return { op: 'put', ...toItem(stream, record) };
}

function parseCursor(cursor: JsonValue): Cursor | null {
  if (cursor === null) return null;
  const parsed = cursorSchema.safeParse(cursor);
  if (parsed.success) return parsed.data;
  throw new SystemError('cursor-lost', 'The cursor was not made by this connector.');
}

const cursorSchema = z.strictObject({ at: z.string().startsWith('/'), delta: z.boolean() });
