import type { Context, Stream, Traits } from '../connector.ts';
import { readChanges } from './changes.ts';
import { findWrite } from './find.ts';
import type { SharedOptions, StreamOptions } from './options.ts';
import type { Orm } from './orm.ts';
import { pushWrites } from './push.ts';
import { getItems, type Reading } from './reading.ts';
import { scanRecords } from './scan.ts';
import { createShapeReader } from './shape.ts';

/** The streams of a system, as declared. */
export function createStreams(
  orm: Orm,
  options: SharedOptions & { readonly streams: Readonly<Record<string, StreamOptions>> },
): Record<string, Stream> {
  return Object.fromEntries(
    Object.entries(options.streams).map(([name, stream]) => [name, createStream(orm, options, stream)]),
  );
}

function createStream(orm: Orm, options: SharedOptions, stream: StreamOptions): Stream {
  const shapeOf = createShapeReader(orm, stream);
  const reading = async (context: Context): Promise<Reading> => ({
    orm,
    options,
    context,
    shape: await shapeOf(context),
  });
  return {
    traits: traitsOf(orm, options, stream),
    get: async (keys, context) => getItems(await reading(context), keys),
    async *changes(cursor, context) {
      yield* readChanges(await reading(context), cursor);
    },
    async *scan(after, context) {
      yield* scanRecords(await reading(context), after);
    },
    find: async (write, context) => findWrite(await reading(context), write),
    ...(!stream.readOnly && { push: async (writes, context) => pushWrites(await reading(context), writes) }),
  };
}

function traitsOf(orm: Orm, options: SharedOptions, stream: StreamOptions): Traits {
  const findable = stream.ref === undefined ? 'unsafe' : 'findable';
  return {
    order: 'time',
    overlapMs: options.overlapMs,
    deletes: 'none',
    creates: orm.marks ? 'idempotent' : findable,
    guarded: orm.guarded,
    adds: false,
    batch: { max: 100, fails: 'each' },
  };
}
