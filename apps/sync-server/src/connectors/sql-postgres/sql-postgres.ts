import type { Connector, Context, Item, Stream, Traits } from '../connector.ts';
import { readChanges } from './changes.ts';
import { classifyFailure, toSystemError } from './failure.ts';
import { findWrite } from './find.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { type ParsedOptions, parseOptions, type SqlPostgresOptions, type StreamOptions } from './options.ts';
import { pushWrites } from './push.ts';
import { readItems } from './read-items.ts';
import { type Reading, scanRecords } from './scan.ts';
import { createSession, type Session } from './session.ts';
import { loadShape, type Shape } from './shape.ts';

export type { SqlPostgresOptions } from './options.ts';

/**
 * Tables of a PostgreSQL database (13 or later) as streams. Nothing is connected before the first call. Throws
 * CONFIG_INVALID or BINDING_INVALID for options that contradict themselves; a table or column that is not there is found
 * at `check` or at the first use, as a SystemError `shape` that names it.
 */
export function sqlPostgres(options: SqlPostgresOptions): Connector {
  const parsed = parseOptions(options);
  const session = createSession(parsed);
  const ledger = parsed.ledger ? preparedOnUse(session, createLedger(parsed.ledger)) : null;
  const streams = Object.entries(parsed.streams).map(
    ([name, of]) => [name, createStream({ name, of, parsed, session, ledger })] as const,
  );
  return {
    kind: 'sql-postgres',
    streams: Object.fromEntries(streams.map(([name, { stream }]) => [name, stream])),
    async check(context) {
      for (const [, { describe }] of streams) await describe(context);
      await ledger?.ready(context);
    },
    close: () => session.close(),
  };
}

interface Declaration {
  readonly name: string;
  readonly of: StreamOptions;
  readonly parsed: ParsedOptions;
  readonly session: Session;
  readonly ledger: PreparedLedger | null;
}

function createStream({ name, of, parsed, session, ledger }: Declaration) {
  let known: Shape | null = null;
  const describe = async (context: Context): Promise<Shape> => {
    try {
      known = await session.read(context, (query) => loadShape(query, name, of));
      return known;
    } catch (error) {
      throw toSystemError(error);
    }
  };
  const reading = (context: Context): Reading => ({
    session,
    pageSize: parsed.pageSize,
    context,
    shape: async () => known ?? describe(context),
  });
  const use = async (context: Context) => ({
    ...reading(context),
    stream: name,
    ledger: ledger && (await ledger.ready(context)),
  });
  // A column that was renamed or dropped over there must not fail for ever on what was known of the table.
  const forget = (error: unknown): never => {
    known = null;
    throw error;
  };
  const stream: Stream = {
    traits: traitsOf(of, ledger !== null),
    get: (keys, context) => getItems(reading(context), keys).catch(forget),
    changes: (cursor, context) => forgetting(readChanges(reading(context), cursor), forget),
    scan: (after, context) => forgetting(scanRecords(reading(context), after), forget),
    push: async (writes, context) => pushWrites(await use(context), writes).catch(forget),
    find: async (write, context) => findWrite(await use(context), write).catch(forget),
  };
  return { stream, describe };
}

function traitsOf(of: StreamOptions, ledger: boolean): Traits {
  const byTime = of.mode === 'stamp';
  return {
    order: byTime ? 'time' : 'commit',
    ...(byTime && { overlapMs: of.overlapMs }),
    deletes: 'none',
    creates: ledger ? 'idempotent' : of.ref ? 'findable' : 'unsafe',
    guarded: true,
    // Without the ledger a repeat after a lost answer would add twice.
    adds: ledger,
    batch: { max: 100, fails: 'each' },
  };
}

async function getItems(reading: Reading, keys: readonly string[]): Promise<ReadonlyMap<string, Item>> {
  const found = new Map<string, Item>();
  const shape = await reading.shape();
  for (let at = 0; at < keys.length; at += reading.pageSize) {
    const page = keys.slice(at, at + reading.pageSize);
    for (const [key, item] of await getPage(reading, shape, page)) found.set(key, item);
  }
  return found;
}

async function getPage(reading: Reading, shape: Shape, keys: readonly string[]): Promise<ReadonlyMap<string, Item>> {
  const { session, context } = reading;
  try {
    return await session.read(context, (query) => readItems(query, shape, { keys }));
  } catch (error) {
    if (classifyFailure(error).is !== 'bad-value') throw toSystemError(error);
  }
  try {
    return await session.read(context, (query) => readItems(query, shape, { keys, options: { asText: true } }));
  } catch (error) {
    throw toSystemError(error);
  }
}

async function* forgetting<T>(pages: AsyncIterable<T>, forget: (error: unknown) => never): AsyncGenerator<T> {
  try {
    yield* pages;
  } catch (error) {
    forget(error);
  }
}

interface PreparedLedger {
  ready(context: Context): Promise<Ledger>;
}

/** Makes the ledger once, and forgets old notes once a day. */
function preparedOnUse(session: Session, ledger: Ledger): PreparedLedger {
  let preparedAt = Number.NEGATIVE_INFINITY;
  return {
    async ready(context) {
      if (context.now() - preparedAt < DAY_MS) return ledger;
      try {
        await session.write({ context, progress: 'connecting' }, async (query) => {
          await ledger.prepare(query);
          return { commit: true, result: undefined };
        });
      } catch (error) {
        throw toSystemError(error);
      }
      preparedAt = context.now();
      return ledger;
    },
  };
}

const DAY_MS = 86_400_000;
