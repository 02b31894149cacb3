import pg from 'pg';

/** A row as the control writes it. */
export interface BareRow {
  readonly id: string;
  readonly body: string;
}

/**
 * The control of `push-postgres`: the same rows into the same database, in batches of one insert and one commit each, into a
 * table with the primary key and the index that the store's table of documents has for its feed. Returns milliseconds.
 */
export async function bareInserts(
  url: string,
  batches: readonly (readonly BareRow[])[],
  connections: number,
): Promise<number> {
  const clients = Array.from({ length: connections }, () => new pg.Client({ connectionString: url }));
  for (const client of clients) await client.connect();
  await clients[0]?.query(`
    drop table if exists bare;
    create table bare (
      scope text collate "C" not null, datastore text collate "C" not null, id text collate "C" not null, seq bigint not null,
      body text not null, primary key (scope, datastore, id));
    create unique index bare_feed on bare (scope, datastore, seq)`);
  let next = 0;
  let seq = 0;
  const begun = performance.now();
  await Promise.all(
    clients.map(async (client) => {
      for (let batch = batches[next++]; batch !== undefined; batch = batches[next++]) {
        const first = seq;
        seq += batch.length;
        await client.query({
          name: 'insert',
          text: `insert into bare select 'main', 'product', * from unnest($1::text[], $2::bigint[], $3::text[])`,
          values: [batch.map(({ id }) => id), batch.map((_, at) => first + at), batch.map(({ body }) => body)],
        });
      }
    }),
  );
  const ms = performance.now() - begun;
  for (const client of clients) await client.end();
  return ms;
}
