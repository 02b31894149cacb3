import type { Connector, Page, Stream } from '../../../apps/sync-server/src/connectors/connector.ts';
import { SystemError } from '../../../apps/sync-server/src/connectors/connector.ts';
import { createNastySystem, type NastyOptions, type NastySystem } from '../../support/nasty-system.ts';
import type { Process } from '../virtual/scheduler.ts';
import type { Line } from './line.ts';

/** An external system at the other end of a line. */
export interface ExternalSystem {
  readonly name: string;
  readonly line: Line;
  readonly nasty: NastySystem;
  /** The connector of one life of the server. */
  connectorFor(server: Process): Connector;
}

/** How long a connector waits for an answer, milliseconds; the engine waits longer. */
const TIMEOUT_MS = 4_000;

/**
 * Puts a system behind a line. A request that gets no answer may have been carried out. It never arrives twice, and never
 * after its sender has given up: no protocol with such a system could keep that apart from a new request.
 */
export function createExternalSystem(name: string, line: Line, options: NastyOptions): ExternalSystem {
  const nasty = createNastySystem(options);
  const there: Process = { name, alive: true, clockOffsetMs: 0, timers: 0 };
  const source = nasty.connector.streams.items as Stream;

  function connectorFor(server: Process): Connector {
    const ask = <T>(what: string, answer: () => Promise<T>): Promise<T> =>
      line.ask({
        label: `${name} ${what}`,
        from: server,
        to: () => there,
        timeoutMs: TIMEOUT_MS,
        duplicates: false,
        answer,
      });
    /** What was only read can be read again. */
    const read = async <T>(what: string, answer: () => Promise<T>): Promise<T> => {
      try {
        return await ask(what, answer);
      } catch (error) {
        throw error instanceof SystemError ? error : new SystemError('down', 'No answer.', { cause: error });
      }
    };
    async function* pages(what: string, open: () => AsyncIterable<Page>): AsyncGenerator<Page, void, undefined> {
      let iterator: AsyncIterator<Page> | null = null;
      for (;;) {
        const next = await read(what, () => {
          iterator ??= open()[Symbol.asyncIterator]();
          return iterator.next();
        });
        if (next.done) return;
        yield structuredClone(next.value);
      }
    }
    const { changes, scan } = source;
    const stream: Stream = {
      traits: source.traits,
      get: (keys, context) => read('get', async () => structuredClone(await source.get(keys, context))),
      push: (writes, context) =>
        ask(`push ${writes.map(({ op }) => op).join()}`, async () =>
          structuredClone((await source.push?.(writes, context)) ?? []),
        ),
      find: (write, context) =>
        read('find', async () => structuredClone((await source.find?.(write, context)) ?? null)),
      ...(changes === undefined
        ? {}
        : { changes: (cursor, context) => pages('changes', () => changes.call(source, cursor, context)) }),
      ...(scan === undefined
        ? {}
        : { scan: (after, context) => pages('scan', () => scan.call(source, after, context)) }),
    };
    return {
      kind: 'simulated',
      streams: { items: stream },
      check: (context) => read('check', () => nasty.connector.check(context)),
      close: async () => {},
    };
  }

  return { name, line, nasty, connectorFor };
}
