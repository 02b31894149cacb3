import { type ReplicationRouter, transformer } from '@datastores/core/protocol';
import { createSyncServer, type SyncServer, type SyncServerConfig, silentLog } from '@datastores/sync-server';
import { createTRPCClient, httpLink, type TRPCClient } from '@trpc/client';
import { SignJWT } from 'jose';
import { temporaryFolder } from '../../support/folder.ts';

export const SECRET = 'a secret of the test that is long enough for HS256';

/** A listening server of its own, on a port and in a folder of its own. */
export async function startServer(
  config: SyncServerConfig = {},
): Promise<
  { server: SyncServer; url: string; client: (token: string | null) => TRPCClient<ReplicationRouter> } & AsyncDisposable
> {
  const folder = temporaryFolder();
  const given = { dataFolder: folder.path, auth: { secret: SECRET }, ...config };
  const server = await createSyncServer({ ...given, server: { port: 0, ...config.server } }, { log: silentLog });
  const { url } = await server.listen();
  return {
    server,
    url,
    client: (token) => clientOf(url, token),
    [Symbol.asyncDispose]: async () => {
      await server.close();
      folder[Symbol.dispose]();
    },
  };
}

/** A client of the protocol; null: without a token. */
function clientOf(url: string, token: string | null): TRPCClient<ReplicationRouter> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  return createTRPCClient<ReplicationRouter>({ links: [httpLink({ url: `${url}/trpc`, transformer, headers })] });
}

/** A token of the test's own issuer. `ttlS` may be negative. */
export async function tokenFor(
  claims: Readonly<Record<string, unknown>> = {},
  { secret = SECRET, ttlS = 3600 }: { readonly secret?: string; readonly ttlS?: number } = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ sub: 'ana', exp: now + ttlS, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(secret));
}
