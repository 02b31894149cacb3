import { type ClientRequest, request } from 'node:http';
import type { ServerAddress } from '../ours/open-replica.ts';

/** A stream of pokes as a replica keeps it open, without a replica behind it. */
export interface EventStream {
  /** Resolves with the first poke; of a stream that nobody reads, with the head of the answer. */
  readonly open: Promise<void>;
  close(): void;
}

/** What a stream is opened for. */
export interface EventStreamOptions {
  readonly server: ServerAddress;
  readonly datastore: string;
  /** Told of each piece of text as it comes; null: nothing is ever read, and the connection fills. */
  readonly heard: ((text: string) => void) | null;
}

/** Opens a stream over a connection of its own, as every device has one. */
export function openEventStream({ server, datastore, heard }: EventStreamOptions): EventStream {
  const input = JSON.stringify({ json: { protocol: 1, datastores: { [datastore]: 0 } } });
  const url = `${server.url}/changes?input=${encodeURIComponent(input)}`;
  const headers = { authorization: `Bearer ${server.token}`, accept: 'text/event-stream' };
  let asked: ClientRequest | undefined;
  const open = new Promise<void>((resolve, reject) => {
    asked = request(url, { headers, agent: false }, (response) => {
      response.on('error', () => {});
      if (response.statusCode !== 200) return reject(new Error(`A stream was answered with ${response.statusCode}.`));
      if (heard === null) {
        response.pause();
        return resolve();
      }
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        if (text.includes('"all":true')) resolve();
        heard(text);
      });
    });
    asked.on('error', reject);
    asked.end();
  });
  return { open, close: () => void asked?.destroy() };
}
