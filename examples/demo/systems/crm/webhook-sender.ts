import { createHmac, randomUUID } from 'node:crypto';
import type { Database } from 'better-sqlite3';

/** Tells one subscriber by Standard Webhooks which accounts changed. */
export interface WebhookSender {
  /** From now on events go there, signed with a `whsec_…` secret; a later call replaces the earlier one. */
  subscribe(subscription: Subscription): void;
  /** Sends what waits, oldest first, and stops at the first event that is not taken. */
  sendWaiting(): Promise<void>;
  /** Ends a call that is under way. */
  close(): void;
}

/** Who is told. */
export interface Subscription {
  readonly url: string;
  readonly secret: string;
}

/** An event is written down in the transaction of the change, and kept until the subscriber has taken it. */
export function createWebhookSender(db: Database): WebhookSender {
  createTables(db);
  const subscriber = db.prepare<[], Subscription>('SELECT url, secret FROM subscription');
  const replace = db.prepare('INSERT OR REPLACE INTO subscription (id, url, secret) VALUES (1, ?, ?)');
  const waiting = db.prepare<[], Event>('SELECT seq, id, account, at FROM events ORDER BY seq LIMIT 100');
  const name = db.prepare('UPDATE events SET id = ? WHERE seq = ?');
  const forget = db.prepare('DELETE FROM events WHERE seq = ?');
  const stopped = new AbortController();
  let sending: Promise<void> | null = null;

  const sendAll = async (): Promise<void> => {
    const to = subscriber.get();
    if (to === undefined) return;
    for (const event of waiting.all()) {
      // The id stays the same over all repeats.
      const id = event.id ?? `msg_${randomUUID()}`;
      if (event.id === null) name.run(id, event.seq);
      if (!(await deliver({ ...event, id }, to, stopped.signal))) return;
      forget.run(event.seq);
    }
  };
  return {
    subscribe: ({ url, secret }) => void replace.run(url, secret),
    sendWaiting() {
      sending ??= sendAll()
        .catch(() => undefined)
        .finally(() => {
          sending = null;
        });
      return sending;
    },
    close: () => stopped.abort(),
  };
}

interface Event {
  readonly seq: number;
  readonly id: string | null;
  readonly account: string;
  readonly at: string;
}

async function deliver(
  { id, account, at }: Event & { readonly id: string },
  { url, secret }: Subscription,
  signal: AbortSignal,
): Promise<boolean> {
  const body = JSON.stringify({ type: 'account.changed', timestamp: at, data: { account_number: account } });
  const time = String(Math.floor(Date.now() / 1_000));
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64');
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': time,
    'webhook-signature': `v1,${signature}`,
  };
  const response = await fetch(url, { method: 'POST', headers, body, signal });
  await response.body?.cancel();
  return response.ok;
}

function createTables(db: Database): void {
  const event = `INSERT INTO events (account, at) SELECT new.key, new.modified_at WHERE EXISTS (SELECT 1 FROM subscription)`;
  db.exec(`
    CREATE TABLE IF NOT EXISTS subscription (id INTEGER PRIMARY KEY, url TEXT NOT NULL, secret TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT, account TEXT NOT NULL, at TEXT NOT NULL);
    CREATE TRIGGER IF NOT EXISTS account_inserted AFTER INSERT ON accounts BEGIN ${event}; END;
    CREATE TRIGGER IF NOT EXISTS account_updated AFTER UPDATE ON accounts BEGIN ${event}; END;
  `);
}
