import type { Pool, PoolClient } from 'pg';
import type { Advance, Commit } from '../store.ts';
import { statement } from './session.ts';
import type { Reader } from './snapshot.ts';

/** Hears of what other servers commit. */
export interface News {
  /** What this server has committed itself: the others are told, and it is not told again here. */
  committed(commit: Commit): void;
  /** Looks for news from now on, until {@link News.close}. */
  start(): void;
  close(): Promise<void>;
}

/** Where news come from and whom they are told to. */
export interface NewsOptions {
  readonly pool: Pool;
  readonly reader: Reader;
  /** Schema of the store: its name is that of the channel. */
  readonly schema: string;
  readonly onCommit: (commit: Commit) => void;
  readonly onEpoch: (epoch: string) => void;
}

/** How often the database is looked at, whatever is heard. */
const LOOK_EVERY_MS = 1_000;

/** At most one notification in this time: each one wakes every server. */
const NOTIFY_EVERY_MS = 25;

/** Scopes of which it is remembered how far was told; beyond that somebody may hear of a commit twice. */
const MAX_TOLD = 10_000;

/** Commits that are told one by one; a server that was away for longer tells of the newest. */
const MAX_COMMITS = 2_000;

const LOOK = `
  select news.scope, news.first_seq as first, news.last_seq as seq, news.tag, news.datastores, news.systems,
    before.tag as "tagBefore", pg_snapshot_xmin(pg_current_snapshot())::text as mark,
    (select value from meta where key = 'epoch') as epoch
  from (select 1) one
  left join lateral (
    select * from scope_commit where transaction >= $1::text::xid8 order by transaction desc limit ${MAX_COMMITS}) news on true
  left join scope_commit before on before.scope = news.scope and before.last_seq = news.first_seq - 1
  order by news.scope, news.last_seq`;
const MARK = 'select pg_snapshot_xmin(pg_current_snapshot())::text as mark';

interface Row {
  readonly scope: string | null;
  readonly first: number;
  readonly seq: number;
  readonly tag: string;
  readonly datastores: readonly string[];
  readonly systems: readonly string[];
  readonly tagBefore: string | null;
  readonly mark: string;
  readonly epoch: string;
}

/**
 * Polling is what news rest on: each look takes every commit of a transaction that had not ended at the look before, so
 * none is passed over. Notifications only make it look earlier; they are sent outside of the transactions of the writes,
 * which would otherwise wait for each other, and one that is lost costs a second.
 */
export function createNews({ pool, reader, schema, onCommit, onEpoch }: NewsOptions): News {
  const me = Math.random().toString(36).slice(2);
  const channel = `"datastores ${schema}"`;
  const told = new Map<string, number>();
  let mark: string | null = null;
  let listening: PoolClient | null = null;
  let timer: NodeJS.Timeout | null = null;
  let notifying: NodeJS.Timeout | null = null;
  let looking: Promise<void> | null = null;
  let again = false;
  let closed = false;

  return {
    committed: (commit) => {
      for (const { scope, position } of commit.advances) remember(scope, position.seq);
      if (commit.advances.length === 0 || notifying !== null || closed) return;
      notifying = setTimeout(() => {
        notifying = null;
        reader.run(statement('select pg_notify($1, $2)', `datastores ${schema}`, me)).catch(() => {});
      }, NOTIFY_EVERY_MS);
    },
    start: () => {
      timer = setInterval(() => look(), LOOK_EVERY_MS);
      timer.unref();
      look();
    },
    close: async () => {
      closed = true;
      if (timer !== null) clearInterval(timer);
      if (notifying !== null) clearTimeout(notifying);
      await looking;
      listening?.release(true);
      listening = null;
    },
  };

  function look(): void {
    again = true;
    if (closed || looking !== null) return;
    looking = lookWhileAsked().finally(() => {
      looking = null;
    });
  }

  async function lookWhileAsked(): Promise<void> {
    while (again && !closed) {
      again = false;
      try {
        // Where it cannot listen it still looks.
        if (listening === null) await listen().catch(() => {});
        await lookOnce();
      } catch {
        // The database is away: the next look finds what was missed.
        break;
      }
    }
  }

  async function listen(): Promise<void> {
    const client = await pool.connect();
    const lost = () => {
      if (listening !== client) return;
      listening = null;
      client.release(true);
    };
    client.on('end', lost);
    client.on('error', lost);
    client.on('notification', ({ payload }) => {
      if (payload !== me) look();
    });
    try {
      await client.query(`listen ${channel}`);
      listening = client;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  async function lookOnce(): Promise<void> {
    if (mark === null) {
      const [row] = await reader.rows<{ mark: string }>(statement(MARK));
      mark = row?.mark ?? null;
      return;
    }
    const rows = await reader.rows<Row>(statement(LOOK, mark));
    const [first] = rows;
    if (first === undefined || closed) return;
    mark = first.mark;
    onEpoch(first.epoch);
    const news = rows.filter(({ scope, seq }) => scope !== null && seq > (told.get(scope) ?? 0));
    if (news.length === 0) return;
    const advances = news.map(advanceOf);
    for (const { scope, position } of advances) remember(scope, position.seq);
    const systems = [...new Set(news.flatMap((row) => row.systems))];
    for (const advance of advances) onCommit({ advances: [advance], systems: [] });
    if (systems.length > 0) onCommit({ advances: [], systems });
  }

  function remember(scope: string, seq: number): void {
    if (told.size >= MAX_TOLD) told.clear();
    told.set(scope, Math.max(seq, told.get(scope) ?? 0));
  }
}

function advanceOf({ scope, first, seq, tag, datastores, tagBefore, epoch }: Row): Advance {
  const before = first === 1 ? '' : tagBefore;
  const after = before === null ? null : { epoch, seq: first - 1, tag: before };
  return { scope: scope ?? '', after, first, position: { epoch, seq, tag }, datastores };
}
