import { createAside } from './aside.ts';
import { CHECKPOINT_PAGES } from './connection.ts';
import { createIndexes, indexSql, missingIndexes, type Table } from './table.ts';

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
  /** Builds the indexes where they are left out, so that others can read meanwhile, and write in between. */
  end(): Promise<void>;
  /** The table is gone. */
  cancel(): void;
}

/** Beyond so many documents building an index would hold up everything else for too long: it is kept up from here on. */
const MOST_DOCUMENTS = 200_000;

/** The indexes of fewer documents are built faster than a thread is started. */
const LEAST_ASIDE = 10_000;

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
  let ending: Promise<void> | undefined;
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

  function end(): Promise<void> {
    ending ??= build().finally(() => {
      ending = undefined;
    });
    return ending;
  }

  async function build(): Promise<void> {
    // What is wrong with the thread, or in it, is no matter: what it leaves out is built here, and what fails here is told.
    if (loading && loaded >= LEAST_ASIDE) await buildAside().catch(() => undefined);
    interrupt();
  }

  /** One at a time: a write of this thread that waits gets its turn in between. */
  async function buildAside(): Promise<void> {
    const aside = createAside(connection.filename);
    try {
      // Commits what was left for later: the thread would wait for it.
      const missing = commits.now(() => missingIndexes(table));
      for (const index of missing) if (loading) await aside.run(indexSql(table, index));
    } finally {
      await aside.close();
    }
  }

  /** What fails here fails the next query, and there it is told. */
  function endByItself(): void {
    end().catch(() => undefined);
  }

  function endSoon(): void {
    clearTimeout(pause);
    pause = setTimeout(endByItself, PAUSE_MS);
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
      if (loaded > MOST_DOCUMENTS) endByItself();
    },
    interrupt,
    end,
    cancel: over,
  };
}
