import type { Connector, Context, Item, Stream, Traits } from '../connector.ts';
import type { Dialect } from './dialect.ts';
import { digestRanges } from './digest-ranges.ts';
import { toSystemError } from './failure.ts';
import { findWrite } from './find.ts';
import type { Ledger } from './ledger.ts';
import { pushWrites } from './push.ts';
import { type Reading, readOnly, scanRecords } from './scan.ts';
import type { Query, Session } from './session.ts';
import type { Shape } from './shape.ts';

/** What makes a connector of one kind of database. `S` is what it knows of a stream. */
export interface SqlSystem<S extends Shape> {
  readonly kind: string;
  readonly dialect: Dialect<S>;
  readonly session: Session;
  readonly ledger: Ledger | null;
  readonly pageSize: number;
  readonly streams: Readonly<Record<string, StreamDeclaration<S>>>;
}

/** One stream of a {@link SqlSystem}. */
export interface StreamDeclaration<S extends Shape> {
  readonly traits: Traits;
  readonly load: (query: Query) => Promise<S>;
}

/** Tables as streams, whatever the database. */
export function createSqlConnector<S extends Shape>(system: SqlSystem<S>): Connector {
  const ledger = system.ledger && preparedOnUse(system, system.ledger);
  const streams = Object.entries(system.streams).map(
    ([name, of]) => [name, createStream(system, { name, of, ledger })] as const,
  );
  return {
    kind: system.kind,
    streams: Object.fromEntries(streams.map(([name, { stream }]) => [name, stream])),
    async check(context) {
      for (const [, { describe }] of streams) await describe(context);
      await ledger?.ready(context);
    },
    close: () => system.session.close(),
  };
}

interface Declaration<S extends Shape> {
  readonly name: string;
  readonly of: StreamDeclaration<S>;
  readonly ledger: PreparedLedger | null;
}

function createStream<S extends Shape>(system: SqlSystem<S>, { name, of, ledger }: Declaration<S>) {
  const { dialect, session, pageSize } = system;
  let known: S | null = null;
  const describe = async (context: Context): Promise<S> => {
    try {
      known = await session.read(context, of.load);
      return known;
    } catch (error) {
      throw toSystemError(dialect.classify, dialect.name, error);
    }
  };
  const reading = (context: Context): Reading<S> => ({
    dialect,
    session,
    pageSize,
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
    traits: of.traits,
    get: (keys, context) => getItems(reading(context), keys).catch(forget),
    changes: (cursor, context) => forgetting(dialect.readChanges(reading(context), cursor), forget),
    scan: (after, context) => forgetting(scanRecords(reading(context), after), forget),
    digest: async (request, context) => digestRanges(reading(context), request).catch(forget),
    push: async (writes, context) => pushWrites(await use(context), writes).catch(forget),
    find: async (write, context) => findWrite(await use(context), write).catch(forget),
  };
  return { stream, describe };
}

async function getItems<S extends Shape>(reading: Reading<S>, keys: readonly string[]): Promise<Map<string, Item>> {
  const found = new Map<string, Item>();
  const shape = await reading.shape();
  for (let at = 0; at < keys.length; at += reading.pageSize) {
    const page = keys.slice(at, at + reading.pageSize);
    for (const [key, item] of await getPage(reading, shape, page)) found.set(key, item);
  }
  return found;
}

async function getPage<S extends Shape>(
  reading: Reading<S>,
  shape: S,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Item>> {
  const { dialect, session, context } = reading;
  try {
    return await session.read(context, (query) => dialect.readItems(query, shape, { keys }));
  } catch (error) {
    if (dialect.classify(error).is !== 'bad-value') throw toSystemError(dialect.classify, dialect.name, error);
  }
  return readOnly(reading, (query) => dialect.readItems(query, shape, { keys, options: { asText: true } }));
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
function preparedOnUse<S extends Shape>({ session, dialect }: SqlSystem<S>, ledger: Ledger): PreparedLedger {
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
        throw toSystemError(dialect.classify, dialect.name, error);
      }
      preparedAt = context.now();
      return ledger;
    },
  };
}

const DAY_MS = 86_400_000;
