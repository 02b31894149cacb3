import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createOdooModels, LoadRefused, OdooError, type OdooModels, type Parameters } from './odoo-models.ts';

/**
 * What Odoo is towards its clients, as its documentation and its sources say: JSON-2 and JSON-RPC, domains, archived
 * records, stamps that are shown without their microseconds, the import, exceptions by their class.
 */
export interface OdooServer extends AsyncDisposable {
  readonly url: string;
  readonly database: string;
  readonly user: string;
  readonly apiKey: string;
  /** The other side. */
  readonly models: OdooModels;
  /** Calls as they came: `model.method`. */
  readonly calls: readonly string[];
  /** The next call of this method goes wrong in this way, after it was worked on if `worked` is set. */
  disturb(disturbance: OdooDisturbance): void;
  /** From now on requests are taken and not answered, until `resume`. */
  stall(): void;
  interrupt(): Promise<void>;
  resume(): Promise<void>;
}

/** Without anything else the connection is cut. */
export interface OdooDisturbance {
  readonly method: string;
  readonly worked?: boolean;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Exception to raise, by class and message. */
  readonly raise?: readonly [name: string, message: string];
}

interface Call {
  readonly model: string;
  readonly method: string;
  readonly parameters: Parameters;
}

const [DATABASE, USER, UID] = ['erp', 'bot@example.com', 7];

/** Starts the fake. */
export async function startOdoo(): Promise<OdooServer> {
  const models = createOdooModels();
  const apiKey = randomUUID();
  const calls: string[] = [];
  const disturbances: OdooDisturbance[] = [];
  let stalled = false;
  const server = createServer((incoming, response) => void serve(incoming, response));
  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming);
    if (stalled) return;
    const path = incoming.url ?? '';
    const reply = path === '/jsonrpc' ? byRpc(body) : byPath(path, incoming, body);
    if (reply === 'cut') return void response.destroy();
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers }).end(reply.text);
  }
  const work = ({ model, method, parameters }: Call): unknown => {
    calls.push(`${model}.${method}`);
    const at = disturbances.findIndex((one) => one.method === method);
    const [disturbance] = at < 0 ? [] : disturbances.splice(at, 1);
    if (disturbance && !disturbance.worked) throw new Disturbed(disturbance);
    let result: unknown;
    try {
      result = models.call(model, method, parameters);
    } catch (error) {
      if (!(error instanceof LoadRefused)) throw error;
      result = { ids: false, messages: [error.complaint], nextrow: 0 };
    }
    if (disturbance) throw new Disturbed(disturbance);
    return result;
  };
  const byRpc = (body: Record<string, unknown>): Reply => {
    const { service, method, args } = body.params as { service: string; method: string; args: unknown[] };
    const answer = (part: object) => json(200, { jsonrpc: '2.0', id: body.id, ...part });
    const fault = (name: string, message: string) =>
      answer({ error: { code: 200, message: 'Odoo Server Error', data: { name, message, arguments: [message] } } });
    return guarded(fault, () => {
      const [database, who, key] = args;
      const known = database === DATABASE && key === apiKey;
      if (service === 'common' && method === 'authenticate') return answer({ result: known && who === USER && UID });
      if (!known || who !== UID) return fault('odoo.exceptions.AccessDenied', 'Access Denied');
      const [, , , model, called, places, names] = args as [...string[], unknown[], Record<string, unknown>];
      const parameters = placed(String(called), places as unknown as unknown[], names as Record<string, unknown>);
      const result = work({ model: String(model), method: String(called), parameters });
      // What returns None has no result.
      return answer(result === undefined || result === null ? {} : { result });
    });
  };
  const byPath = (path: string, incoming: IncomingMessage, body: Record<string, unknown>): Reply => {
    const fault = (name: string, message: string, status = STATUSES[name] ?? 500) =>
      json(status, { name, message, arguments: [message], context: {}, debug: '' });
    if (incoming.headers.authorization !== `Bearer ${apiKey}`) {
      return fault('werkzeug.exceptions.Unauthorized', 'Invalid apikey', 401);
    }
    const [, model = '', method = ''] = /^\/json\/2\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
    return guarded(fault, () => {
      try {
        return json(200, work({ model, method, parameters: body }) ?? null);
      } catch (error) {
        const absent = error instanceof OdooError && /KeyError|AttributeError/.test(error.odooName);
        if (!absent) throw error;
        return fault('werkzeug.exceptions.NotFound', `the model '${model}' does not exist`, 404);
      }
    });
  };
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    database: DATABASE,
    user: USER,
    apiKey,
    models,
    calls,
    disturb: (disturbance) => void disturbances.push(disturbance),
    stall() {
      stalled = true;
    },
    interrupt: close,
    async resume() {
      stalled = false;
      if (!server.listening) await listen(port);
    },
    [Symbol.asyncDispose]: close,
  };
}

type Reply = { status: number; headers?: Readonly<Record<string, string>>; text: string } | 'cut';

const STATUSES: Readonly<Record<string, number>> = {
  'odoo.exceptions.UserError': 422,
  'odoo.exceptions.ValidationError': 422,
  'odoo.exceptions.AccessError': 403,
  'odoo.exceptions.AccessDenied': 403,
  'odoo.exceptions.MissingError': 404,
  'odoo.exceptions.LockError': 409,
};

/** Parameters that come by place, by their names. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  search: ['domain'],
  create: ['vals_list'],
  write: ['ids', 'vals'],
  unlink: ['ids'],
  load: ['fields', 'data'],
};

function placed(method: string, places: readonly unknown[], names: Record<string, unknown>): Parameters {
  const known = PLACES[method] ?? [];
  return { ...names, ...Object.fromEntries(places.map((value, at) => [known[at] ?? `unknown ${at}`, value])) };
}

class Disturbed extends Error {
  readonly disturbance: OdooDisturbance;

  constructor(disturbance: OdooDisturbance) {
    super('disturbed');
    this.disturbance = disturbance;
  }
}

function guarded(fault: (name: string, message: string) => Reply, answer: () => Reply): Reply {
  try {
    return answer();
  } catch (error) {
    if (error instanceof OdooError) return fault(error.odooName, error.message);
    if (!(error instanceof Disturbed)) throw error;
    const { raise, status, headers, body = '' } = error.disturbance;
    if (raise) return fault(...raise);
    return status === undefined ? 'cut' : { status, text: body, ...(headers && { headers }) };
  }
}

function json(status: number, body: unknown): Reply {
  return { status, text: JSON.stringify(body) };
}

async function bodyOf(incoming: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}') as Record<string, unknown>;
}
