import { createContext } from '@datastores/sync-server/conformance';
import type { Connector, Stream } from '@datastores/sync-server/connector';
import { type SqlPostgresOptions, sqlPostgres } from '@datastores/sync-server/sql-postgres';
import type { Client } from 'pg';
import { type PostgresCluster, startPostgres } from '../../../../support/postgres.ts';

type StreamOptions = SqlPostgresOptions['streams'][string];

/** A database of its own with streams of mode `cdc`, and other programs that write to it. */
export interface CdcPlace extends AsyncDisposable {
  readonly connector: Connector;
  readonly items: Stream;
  readonly options: SqlPostgresOptions;
  stream(name: string): Stream;
  /** Runs statements of another program. */
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** A further connection of another program; ended with the place. */
  program(): Promise<Client>;
  /** A further connector with the same options, but for these. */
  another(over?: Partial<SqlPostgresOptions>): Connector;
}

/** A cluster that writes a log for logical replication. */
export function startLogical(settings: Readonly<Record<string, string>> = {}): Promise<PostgresCluster> {
  return startPostgres({ wal_level: 'logical', ...settings });
}

/** Opens a database `name` with the tables of `ddl`, and the stream `items` of the table `public.items`. */
export async function openCdc(
  cluster: PostgresCluster,
  name: string,
  given: { readonly ddl: string } & Omit<Partial<SqlPostgresOptions>, 'streams'> & {
      readonly streams?: Readonly<Record<string, Partial<StreamOptions>>>;
    },
): Promise<CdcPlace> {
  const { ddl, streams = { items: {} }, ...rest } = given;
  const connectionString = await cluster.createDatabase(name);
  const programs: Client[] = [];
  const program = async () => {
    const client = await cluster.client(name);
    programs.push(client);
    return client;
  };
  const admin = await program();
  await admin.query(ddl);
  const declared = Object.entries(streams).map(
    ([stream, of]) => [stream, { table: `public.${stream}`, key: 'id', mode: 'cdc', ...of } as StreamOptions] as const,
  );
  const options: SqlPostgresOptions = {
    connectionString,
    replication: { name },
    pageSize: 3,
    ...rest,
    streams: Object.fromEntries(declared),
  };
  const connectors: Connector[] = [];
  const another = (over: Partial<SqlPostgresOptions> = {}) => {
    const made = sqlPostgres({ ...options, ...over });
    connectors.push(made);
    return made;
  };
  const connector = another();
  const stream = (wanted: string) => {
    const found = connector.streams[wanted];
    if (!found) throw new Error(`The connector has no stream ${wanted}.`);
    return found;
  };
  return {
    connector,
    options,
    items: stream('items'),
    stream,
    another,
    program,
    sql: async (text, values) => (await admin.query(text, values && [...values])).rows ?? [],
    async [Symbol.asyncDispose]() {
      await Promise.all(connectors.map((one) => one.close()));
      await Promise.all(programs.map((one) => one.end()));
      const cleaner = await cluster.client();
      await cleaner.query(
        'select pg_terminate_backend(active_pid) from pg_replication_slots where active_pid is not null and database = $1',
        [name],
      );
      await cleaner.query(
        'select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = $1 and active_pid is null',
        [name],
      );
      await cleaner.end();
    },
  };
}

/** The first page of changes behind a cursor, or null; the reading is left at once. */
export async function firstPage(stream: Stream, cursor: Parameters<NonNullable<Stream['changes']>>[0]) {
  for await (const page of stream.changes?.(cursor, createContext()) ?? []) return page;
  return null;
}
