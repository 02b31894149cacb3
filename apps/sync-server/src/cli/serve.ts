import type { Resolved } from '../config/resolve.ts';
import { createLog } from '../log.ts';
import { limitHeapGrowth } from '../server/heap.ts';
import { assembleServer } from '../server/server.ts';
import { EXIT } from './exit.ts';
import { configOf, type GlobalOptions, type Terminal } from './terminal.ts';

/** `datastores serve`: runs the server until it is told to stop, then drains. Being told twice ends it at once. */
export async function serve(terminal: Terminal, options: GlobalOptions): Promise<number> {
  return serveResolved(terminal, await configOf(terminal, options));
}

/** Runs the server of a configuration, see {@link serve}. */
export async function serveResolved(terminal: Terminal, resolved: Resolved): Promise<number> {
  limitHeapGrowth();
  const { settings } = resolved;
  const log = createLog({ ...settings.log, write: terminal.err });
  const server = await assembleServer(resolved, { log, clock: terminal.clock });
  const { url } = await server.listen().catch(async (error: unknown) => {
    await server.close();
    throw error;
  });
  terminal.out(`Sync server   ${url}\nProtocol      ${url}/trpc\nData folder   ${settings.dataFolder}\n`);
  if (settings.auth.developmentTokens) {
    terminal.err('Development tokens are accepted: make one with `datastores token create`. Not for production.\n');
  }
  const impatient = await stopRequested(terminal, () => server.close());
  return impatient ? EXIT.interrupted : EXIT.ok;
}

/** Waits for the first request to stop and runs `close`; true if a second one came before it ended. */
async function stopRequested(terminal: Terminal, close: () => Promise<void>): Promise<boolean> {
  let stopListening = () => {};
  try {
    return await new Promise<boolean>((resolve, reject) => {
      let first = true;
      stopListening = terminal.onStop(() => {
        if (!first) return resolve(true);
        first = false;
        terminal.err('Stopping; once more to stop at once.\n');
        close().then(() => resolve(false), reject);
      });
    });
  } finally {
    stopListening();
  }
}
