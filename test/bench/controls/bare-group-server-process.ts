// The server of the bare pipe of `propagation` and `fan-out`: a POST is one durable INSERT and one event on every open
// stream.
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { answer } from '../answer.ts';
import { type BareFeed, openBareFeed } from './bare-feed.ts';

let feed: BareFeed;
const streams = new Set<ServerResponse>();
const server = createServer(async (request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    streams.add(response);
    response.once('close', () => streams.delete(response));
    return;
  }
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  feed.insert(text);
  for (const stream of streams) stream.write(`data: ${text}\n\n`);
  response.end('{"accepted":true}');
});

const commands = {
  async start({ folder }: { readonly folder: string }): Promise<string> {
    feed = openBareFeed(join(folder, 'server.db'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  },

  async stop(): Promise<void> {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
    feed.close();
  },
};

/** What this process can be asked for. */
export type BareGroupServerCommands = typeof commands;

answer(commands);
