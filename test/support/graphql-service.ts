import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execute, GraphQLError, parse, validate } from 'graphql';
import { type CostLimits, createCostMeter, requestedCost } from './graphql-cost.ts';
import { type GraphqlManners, resolversOf, schema } from './graphql-schema.ts';
import { createItemsTable, type ItemsTable } from './rest-items.ts';

/** A small business service with a GraphQL API, executed by the reference library, on its own SQLite file. */
export interface GraphqlService extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  /** The table behind the API: the other side. */
  readonly items: ItemsTable;
  /** Texts and variables of all requests, as they came. */
  readonly requests: readonly AskedRequest[];
  /** Items, by their ids, of which a field cannot be read: answers are partial then. */
  readonly failing: Set<string>;
  /** The next request whose text fits is answered in this way instead, after it was worked on if `worked` is set. */
  disturb(disturbance: Disturbance): void;
  /** Takes requests without answering them; the result ends that. */
  silence(): () => void;
  interrupt(): Promise<void>;
  resume(): Promise<void>;
}

/** A request as it came. */
export interface AskedRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly headers: IncomingMessage['headers'];
  readonly status: number;
  readonly errors: readonly GraphQLError[];
}

/** One answer that goes wrong. Without a status the connection is cut; `promises`: so many bytes more are promised than come. */
export interface Disturbance {
  readonly when: RegExp;
  readonly worked?: boolean;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly promises?: number;
}

/** What the service is like. */
export interface GraphqlServiceOptions extends GraphqlManners {
  readonly cost?: CostLimits;
}

/** Starts the service. */
export async function startGraphqlService(options: GraphqlServiceOptions): Promise<GraphqlService> {
  const folder = await mkdtemp(join(tmpdir(), 'datastores-graphql-'));
  const items = createItemsTable(join(folder, 'items.db'), { tombstones: options.tombstones });
  const token = randomUUID();
  const requests: AskedRequest[] = [];
  const failing = new Set<string>();
  const disturbances: Disturbance[] = [];
  const answer = createAnswer(options, { items, failing, token });
  let silent = false;
  const server = createServer((incoming, response) => void serve(incoming, response));
  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { query = '', variables = {} } = JSON.parse(await textOf(incoming)) as {
      query?: string;
      variables?: Record<string, unknown>;
    };
    const request = { query, variables, headers: incoming.headers };
    if (silent) return;
    const at = disturbances.findIndex(({ when }) => when.test(query));
    const [disturbance] = at < 0 ? [] : disturbances.splice(at, 1);
    if (disturbance && !disturbance.worked) return disturbed(response, disturbance);
    const { status, body } = await answer(request);
    requests.push({ ...request, status, errors: body.errors ?? [] });
    if (disturbance) return disturbed(response, disturbance);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    token,
    items,
    requests,
    failing,
    disturb: (disturbance) => void disturbances.push(disturbance),
    silence() {
      silent = true;
      return () => {
        silent = false;
      };
    },
    interrupt: close,
    resume: () => listen(port),
    async [Symbol.asyncDispose]() {
      await close();
      items.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Reply {
  readonly status: number;
  readonly body: { readonly data?: unknown; readonly errors?: readonly GraphQLError[]; readonly extensions?: object };
}

type Asked = Pick<AskedRequest, 'query' | 'variables' | 'headers'>;

function createAnswer(
  options: GraphqlServiceOptions,
  {
    items,
    failing,
    token,
  }: { readonly items: ItemsTable; readonly failing: ReadonlySet<string>; readonly token: string },
): (request: Asked) => Promise<Reply> {
  const rootValue = resolversOf(items, options, failing);
  const meter = options.cost && createCostMeter(options.cost);
  const refused = (status: number, ...errors: GraphQLError[]): Reply => ({ status, body: { errors } });
  return async ({ query, variables, headers }) => {
    // Half of the services say so with status 200.
    if (headers.authorization !== `Bearer ${token}`) return refused(200, coded('UNAUTHENTICATED', 'no valid token'));
    let document: ReturnType<typeof parse>;
    try {
      document = parse(query);
    } catch (error) {
      return refused(400, error as GraphQLError);
    }
    const faults = validate(schema, document);
    if (faults.length > 0) return refused(400, ...faults);
    const { cost: limits } = options;
    const cost = requestedCost(document, variables);
    const extensions = () => ({
      cost: {
        requestedQueryCost: cost,
        actualQueryCost: cost,
        throttleStatus: {
          maximumAvailable: limits?.maximum,
          currentlyAvailable: Math.floor(meter?.available() ?? 0),
          restoreRate: limits?.restoreRate,
        },
      },
    });
    if (limits && cost > limits.single) {
      const error = coded(
        'MAX_COST_EXCEEDED',
        `Query cost is ${cost}, which exceeds the single query max cost ${limits.single}`,
      );
      return {
        status: 200,
        body: { errors: [error], extensions: { cost: { requestedQueryCost: cost, actualQueryCost: null } } },
      };
    }
    if (meter && !meter.take(cost)) {
      return { status: 200, body: { errors: [coded('THROTTLED', 'Throttled')], extensions: extensions() } };
    }
    const key = headers['idempotency-key'];
    const contextValue = { idempotencyKey: typeof key === 'string' ? key : undefined };
    const result = await execute({ schema, document, rootValue, contextValue, variableValues: variables });
    const extended = limits ? { extensions: extensions() } : {};
    return { status: 200, body: { ...result, ...extended } };
  };
}

function coded(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

function disturbed(response: ServerResponse, { status, headers = {}, body, promises }: Disturbance): void {
  if (status === undefined) return void response.destroy();
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? '');
  const length = promises === undefined ? {} : { 'content-length': String(Buffer.byteLength(text) + promises) };
  response.writeHead(status, { 'content-type': 'application/json', ...length, ...headers });
  if (promises === undefined) response.end(text);
  else response.write(text, () => setImmediate(() => response.destroy()));
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
