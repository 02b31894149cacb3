import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerBatch, type BatchHabits } from './odata-batch.ts';
import { bodyText } from './odata-record.ts';
import { answerOData, type ODataHabits, type ODataReply, type ODataRequest, type ODataState } from './odata-routes.ts';
import { createODataTable, type ODataTable } from './odata-table.ts';

/** What the service is like; see {@link ODataHabits} and {@link BatchHabits}. */
export type ServiceHabits = ODataHabits & BatchHabits & { readonly csrf: boolean };

/** A small OData v4 service on its own SQLite file. */
export interface ODataService extends AsyncDisposable {
  /** The service root. */
  readonly url: string;
  readonly tokenUrl: string;
  readonly secret: string;
  readonly table: ODataTable;
  /** Every request to the service root and below, as it came. */
  readonly requests: readonly ODataRequest[];
  /** How often a token was handed out. */
  readonly handedOut: { access: number; csrf: number };
  /** Access tokens, or sessions with their CSRF tokens, end before their time. */
  withdraw(): void;
  /** The next request that fits is answered in this way instead, after it was worked on if `worked` is set. */
  disturb(disturbance: ODataDisturbance): void;
  stall(): void;
  interrupt(): Promise<void>;
  resume(): Promise<void>;
}

/** One answer that goes wrong. Without a status the connection is cut. */
export interface ODataDisturbance {
  readonly method: string;
  readonly worked?: boolean;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A service as most are. */
export const USUAL_HABITS: ServiceHabits = {
  textKeys: false,
  tombstones: false,
  repeatable: false,
  minimal: false,
  ignoresExact: false,
  pageCap: 50,
  cutsSilently: false,
  partialDelta: false,
  oldDelta: false,
  childPage: 100,
  lyingGroups: false,
  groupAnswers: false,
  csrf: false,
};

/** Starts the service at any free port. */
export async function startODataService(given: Partial<ServiceHabits> = {}): Promise<ODataService> {
  const habits = { ...USUAL_HABITS, ...given };
  const folder = await mkdtemp(join(tmpdir(), 'datastores-odata-'));
  const table = createODataTable(join(folder, 'items.db'), habits);
  const state: ODataState = { table, habits, repeats: new Map() };
  const requests: ODataRequest[] = [];
  const disturbances: ODataDisturbance[] = [];
  const handedOut = { access: 0, csrf: 0 };
  const secret = randomUUID();
  let [bearer, session, silent] = [randomUUID(), randomUUID(), false];
  const server = createServer((incoming, response) => void serve(incoming, response));

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await textOf(incoming);
    const { url = '', method = '' } = incoming;
    if (url === '/token') return deliver(response, tokenFor(text));
    const headers = incoming.headers as ODataRequest['headers'];
    const body = text === '' ? {} : { body: JSON.parse(text) as unknown };
    const request = { method, path: url.slice(ROOT.length), headers, ...body };
    requests.push(request);
    if (silent) return;
    const at = disturbances.findIndex((one) => one.method === method);
    const [disturbance] = at < 0 ? [] : disturbances.splice(at, 1);
    const reply = disturbance && !disturbance.worked ? null : guarded(request);
    if (!disturbance) return deliver(response, reply ?? { status: 500, headers: {} });
    const { status, headers: sent = {}, body: said } = disturbance;
    if (status === undefined) response.destroy();
    else deliver(response, { status, headers: sent, body: said });
  }

  function guarded(request: ODataRequest): ODataReply {
    const { authorization, cookie } = request.headers;
    if (authorization !== `Bearer ${bearer}` && authorization !== `Basic ${basicOf(secret)}`) {
      return { status: 401, headers: {}, body: { error: { message: 'who are you' } } };
    }
    if (request.headers['x-csrf-token'] === 'fetch') {
      handedOut.csrf += 1;
      return {
        status: 200,
        headers: { 'x-csrf-token': session, 'set-cookie': `SESSION=${session}; Path=/` },
        body: {},
      };
    }
    const known = request.headers['x-csrf-token'] === session && cookie === `SESSION=${session}`;
    if (habits.csrf && request.method !== 'GET' && !known) {
      return { status: 403, headers: { 'x-csrf-token': 'Required' }, body: { error: { message: 'no CSRF token' } } };
    }
    return request.path === '$batch' ? answerBatch(state, request, habits) : answerOData(state, request);
  }

  function tokenFor(form: string): ODataReply {
    const sent = new URLSearchParams(form);
    const right = sent.get('grant_type') === 'client_credentials' && sent.get('client_secret') === secret;
    if (!right) return { status: 401, headers: {}, body: { error: 'invalid_client' } };
    handedOut.access += 1;
    return { status: 200, headers: {}, body: { access_token: bearer, token_type: 'Bearer', expires_in: 3_600 } };
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
    url: `http://127.0.0.1:${port}${ROOT}`,
    tokenUrl: `http://127.0.0.1:${port}/token`,
    secret,
    table,
    requests,
    handedOut,
    withdraw: () => {
      [bearer, session] = [randomUUID(), randomUUID()];
    },
    disturb: (disturbance) => void disturbances.push(disturbance),
    stall: () => {
      silent = true;
    },
    interrupt: close,
    async resume() {
      if (!silent) await listen(port);
      silent = false;
    },
    async [Symbol.asyncDispose]() {
      await close();
      table.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const ROOT = '/odata/v4/';

function basicOf(secret: string): string {
  return Buffer.from(`datastores:${secret}`).toString('base64');
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function deliver(response: ServerResponse, { status, headers, body }: ODataReply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  if (body === undefined) response.end();
  else response.end(typeof body === 'string' ? body : bodyText(body));
}
