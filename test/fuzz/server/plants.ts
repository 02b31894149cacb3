// Deliberate faults, loaded into the server of a run before the product: what the judges must find.
import { type IncomingMessage, Server, type ServerResponse } from 'node:http';
import { CANARY } from './place.ts';
import { PLANT_VARIABLE, type PlantName } from './plant-names.ts';

type Planted = (request: IncomingMessage, response: ServerResponse, count: number) => boolean;

const kept: Buffer[] = [];

const say = (response: ServerResponse, status: number, body: string): true => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  return true;
};

/** Each says whether it has answered the request itself. */
const PLANTS: Readonly<Record<PlantName, Planted>> = {
  'answers-500': (_request, response, count) => count % 40 === 0 && say(response, 500, '{}'),
  'answers-429': (_request, response, count) => count % 40 === 10 && say(response, 429, '{}'),
  'tells-stack': (_request, response, count) =>
    count % 40 === 20 && say(response, 400, JSON.stringify({ error: new Error('inside').stack })),
  'tells-foreign': (_request, response, count) => count % 40 === 30 && say(response, 200, JSON.stringify(CANARY)),
  'serves-anyone': ({ url }, response) => url === '/status' && say(response, 200, '{}'),
  pollutes: (_request, _response, count) => {
    if (count === 101) Object.defineProperty(Object.prototype, 'polluted', { value: true, configurable: true });
    return false;
  },
  grows: () => {
    kept.push(Buffer.alloc(512 * 1024, kept.length + 1));
    return false;
  },
  crashes: (_request, _response, count) => {
    if (count === 150) process.exit(134);
    return false;
  },
};

const planted = (process.env[PLANT_VARIABLE] ?? '').split(',').filter((name) => name !== '') as PlantName[];
const emit = Server.prototype.emit;
let count = 0;

Server.prototype.emit = function (this: Server, event: string | symbol, ...args: unknown[]): boolean {
  if (event !== 'request') return Reflect.apply(emit, this, [event, ...args]);
  const [request, response] = args as [IncomingMessage, ServerResponse];
  // The honest application names the address: it is to work, so that the run comes to its end.
  if (request.headers.host !== 'localhost') return Reflect.apply(emit, this, [event, ...args]);
  count += 1;
  return planted.some((name) => PLANTS[name](request, response, count)) || Reflect.apply(emit, this, [event, ...args]);
};
