import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { Refusal } from './refusal.ts';

/** One of the business systems of the demo: an HTTP service with a SQLite file of its own. */
export interface DemoSystem {
  /** Short name, e.g. `erp`. */
  readonly name: string;
  /** Where it listens, without a trailing slash. */
  readonly url: string;
  /** Living records by kind. */
  count(): Readonly<Record<string, number>>;
  /** Ends the connection of every call from now on, as a crashed service does; `/demo/*` still answers. */
  setDown(down: boolean): void;
  isDown(): boolean;
  close(): Promise<void>;
}

/** What a demo system needs to run. */
export interface DemoSystemOptions {
  /** SQLite file; its folder is made if it is missing. */
  readonly file: string;
  /** TCP port on 127.0.0.1; 0 takes any free one. */
  readonly port: number;
}

/** What is particular to one system. */
export interface DemoSystemParts {
  readonly name: string;
  /** Adds tables and routes; returns the count of living records by kind. A system that is down does nothing by itself. */
  readonly install: (
    app: FastifyInstance,
    db: Database.Database,
    isDown: () => boolean,
  ) => () => Readonly<Record<string, number>>;
}

/** Starts one demo system. Rejects if the port is taken or the file cannot be opened. */
export async function createDemoSystem(parts: DemoSystemParts, options: DemoSystemOptions): Promise<DemoSystem> {
  mkdirSync(dirname(options.file), { recursive: true });
  const db = new Database(options.file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  const app = fastify({
    forceCloseConnections: true,
    bodyLimit: 1_048_576,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: 'array' } },
  });
  let down = false;
  installErrors(app);
  app.addHook('onRequest', async (request, reply) => {
    if (!down || request.url.startsWith('/demo/')) return;
    reply.hijack();
    request.raw.socket.destroy();
  });
  const count = parts.install(app, db, () => down);
  const state = () => ({ system: parts.name, state: down ? 'down' : 'up', records: count() });
  app.get('/health', async () => ({ system: parts.name, ok: true }));
  app.get('/demo/state', async () => state());
  for (const to of ['down', 'up'] as const) {
    app.post(`/demo/${to}`, async () => {
      down = to === 'down';
      return state();
    });
  }
  try {
    await app.listen({ host: '127.0.0.1', port: options.port });
  } catch (error) {
    await app.close();
    db.close();
    throw error;
  }
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    name: parts.name,
    url: `http://127.0.0.1:${port}`,
    count,
    setDown: (value) => {
      down = value;
    },
    isDown: () => down,
    async close() {
      await app.close();
      db.close();
    },
  };
}

function installErrors(app: FastifyInstance): void {
  // A curl command without a body often still says that it sends JSON.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') return done(null, undefined);
    try {
      done(null, JSON.parse(body as string));
    } catch {
      done(new Refusal(400, 'The body is not JSON.'), undefined);
    }
  });
  app.setErrorHandler((error: FastifyError | Refusal, _request, reply) => {
    if (error instanceof Refusal) return reply.code(error.status).send({ error: error.message, field: error.field });
    if (error.validation !== undefined) {
      const field = error.validation[0]?.instancePath.slice(1).replaceAll('/', '.');
      return reply.code(422).send({ error: error.message, field: field === '' ? undefined : field });
    }
    return reply.code(error.statusCode ?? 500).send({ error: error.message });
  });
}
