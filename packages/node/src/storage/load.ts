import { CHECKPOINT_PAGES } from './connection.ts';
import { createIndexes, type Table } from './table.ts';

/** The first fill of a table, while which it has no indexes but that of the ids. */
export interface Load {
  /** Begins it if the table is empty. */
  begin(): void;
  /** So many documents are about to be written at once: many of them into an empty table begin a load that ends by itself. */
  expect(documents: number): void;
  /** So many documents came in. */
  grew(documents: number): void;
  /** To be called before what needs indexes: builds them at once where they are left out. */
  interrupt(): void;
  /** Builds the indexes where they are left out, one at a time, so that others get their turn in between. */
  end(): Promise<void>;
  /** The table is gone. */
  cancel(): void;
}

/** Beyond so many documents building an index would hold up everything else for too long: it is kept up from here on. */
const MOST_DOCUMENTS = 200_000;

/** Fewer documents at once are no bulk. */
const LEAST_DOCUMENTS = 500;

/** When nothing has come for so long, a load that was begun by a bulk write is over. Milliseconds. */
const PAUSE_MS = 100;

/**
 * An index that is built over all documents costs a fraction of one that is kept up with each of them. A crash in between
 * leaves a table without indexes, which the next opening completes. Whoever queries meanwhile ends the load: a scan of
 * everything would hold up more than building the indexes does.
 */
export function createLoad(table: Table): Load {
  const { connection, database, statements, docs, indexes } = table;
  const { commits } = connection;
  let loading = false;
  let loaded = 0;
  let ending = false;
  let pause: ReturnType<typeof setTimeout> | undefined;

  function isEmpty(): boolean {
    return statements.pluck(`SELECT 1 FROM ${docs} LIMIT 1`).get() === undefined;
  }

  function interrupt(): void {
    if (!loading) return;
    commits.now(() => createIndexes(table));
    over();
  }

  function over(): void {
    loading = false;
    clearTimeout(pause);
    pause = undefined;
    database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  }

  function begin(): void {
    if (loading || !isEmpty()) return;
    commits.now(() => {
      for (const { name } of indexes) database.exec(`DROP INDEX IF EXISTS ${name}`);
    });
    // Nothing is written twice now, so copying the log in small portions costs no more and holds up nobody for long.
    database.pragma('wal_autocheckpoint = 1000');
    loading = true;
    loaded = 0;
  }

  async function end(): Promise<void> {
    while (loading) {
      if (commits.now(() => createIndexes(table, 1)) === 0) over();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** What fails here fails the next query, and there it is told. */
  function endInTurns(): void {
    if (!loading || ending) return;
    ending = true;
    void end()
      .catch(() => undefined)
      .finally(() => {
        ending = false;
      });
  }

  function endSoon(): void {
    clearTimeout(pause);
    pause = setTimeout(endInTurns, PAUSE_MS);
    pause.unref();
  }

  return {
    begin,
    expect(documents) {
      if (!loading && documents >= LEAST_DOCUMENTS) {
        begin();
        if (loading) endSoon();
      } else if (pause !== undefined) endSoon();
    },
    grew(documents) {
      loaded += documents;
      if (loaded > MOST_DOCUMENTS) endInTurns();
    },
    interrupt,
    end,
    cancel: over,
  };
}
