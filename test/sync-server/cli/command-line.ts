import { type SyncServerConfig, systemClock } from '@datastores/sync-server';
import { runCommand } from '../../../apps/sync-server/src/cli/program.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startServer, tokenFor } from '../http/test-server.ts';

/** What a command said and with which code it ended. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A running server and a command line beside it that asks it as an operator. */
export async function serverWithCommands(config: SyncServerConfig) {
  const at = await startServer(config);
  const folder = temporaryFolder();
  const token = await tokenFor({ roles: ['admin'] });
  await at.server.reconciler.idle();
  return {
    at,
    /** Runs a command with the address and a token of the server. */
    run: async (...args: readonly string[]): Promise<Said> => {
      const said = { out: '', err: '' };
      const code = await runCommand([...args, '--url', at.url, '--token', token], {
        environment: {
          DATASTORES_LOG_LEVEL: 'silent',
          DATASTORES_AUTH_DEVELOPMENT_TOKENS: 'true',
          DATASTORES_SERVER_PORT: new URL(at.url).port,
          DATASTORES_TOKEN: token,
        },
        folder: folder.path,
        clock: systemClock,
        out: (text) => {
          said.out += text;
        },
        err: (text) => {
          said.err += text;
        },
        onStop: () => () => {},
      });
      return { code, ...said };
    },
    [Symbol.asyncDispose]: async () => {
      folder[Symbol.dispose]();
      await at[Symbol.asyncDispose]();
    },
  };
}
