import type { SyncServerConfig } from '@datastores/sync-server';
import { temporaryFolder } from '../../support/folder.ts';
import { startServer, tokenFor } from '../http/test-server.ts';
import { createTerminal } from './terminal.ts';

/** A running server and a command line beside it that asks it as an operator. */
export async function serverWithCommands(config: SyncServerConfig) {
  const at = await startServer(config);
  const folder = temporaryFolder();
  const token = await tokenFor({ roles: ['admin'] });
  await at.server.reconciler.idle();
  const environment = {
    DATASTORES_LOG_LEVEL: 'silent',
    DATASTORES_AUTH_DEVELOPMENT_TOKENS: 'true',
    DATASTORES_SERVER_PORT: new URL(at.url).port,
    DATASTORES_TOKEN: token,
  };
  const terminal = createTerminal({ folder: folder.path, environment });
  return {
    at,
    /** Runs a command with the address and a token of the server. */
    run: (...args: readonly string[]) => terminal.run(...args, '--url', at.url, '--token', token),
    stop: terminal.stop,
    [Symbol.asyncDispose]: async () => {
      folder[Symbol.dispose]();
      await at[Symbol.asyncDispose]();
    },
  };
}
