import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSyncServer, silentLog } from '@datastores/sync-server';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';
import { SECRET, startServer, tokenFor } from './test-server.ts';

test('the health routes answer without a token', async () => {
  await using at = await startServer();
  expect((await fetch(`${at.url}/livez`)).status).toBe(200);
  expect((await fetch(`${at.url}/readyz`)).status).toBe(200);
});

test('the status is for the role admin only', async () => {
  await using at = await startServer();
  const ask = async (token: string) => fetch(`${at.url}/status`, { headers: { authorization: `Bearer ${token}` } });
  expect((await fetch(`${at.url}/status`)).status).toBe(401);
  expect((await ask(await tokenFor())).status).toBe(403);
  const answer = await ask(await tokenFor({ roles: ['admin'] }));
  expect(await answer.json()).toMatchObject({ state: 'serving', url: at.url, store: { quarantined: 0 } });
});

test('only listed origins may call from a browser, and never with credentials', async () => {
  await using at = await startServer({ server: { cors: ['https://shop.example.com'] } });
  const preflight = (origin: string) =>
    fetch(`${at.url}/trpc/pull`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
  const allowed = await preflight('https://shop.example.com');
  expect(allowed.status).toBe(204);
  expect(allowed.headers.get('access-control-allow-origin')).toBe('https://shop.example.com');
  expect(allowed.headers.get('access-control-allow-headers')).toContain('authorization');
  expect(allowed.headers.get('access-control-allow-credentials')).toBeNull();
  const foreign = await preflight('https://evil.example.com');
  expect(foreign.headers.get('access-control-allow-origin')).not.toBe('https://evil.example.com');
  expect(foreign.headers.get('access-control-allow-origin')).not.toBe('*');
  const headers = { origin: 'https://shop.example.com', authorization: `Bearer ${await tokenFor()}` };
  const call = await fetch(`${at.url}/trpc/info`, { headers });
  expect(call.headers.get('access-control-allow-origin')).toBe('https://shop.example.com');
  expect(call.headers.get('x-content-type-options')).toBe('nosniff');
});

test('a port that is taken is named with what to do, and the store is let go', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  using folder = temporaryFolder();
  const config = { dataFolder: folder.path, auth: { secret: SECRET }, server: { port } };
  const server = await createSyncServer(config, { log: silentLog });
  try {
    await expect(server.listen()).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: expect.stringContaining(String(port)),
      remedy: expect.stringContaining('DATASTORES_SERVER_PORT'),
    });
  } finally {
    await server.close();
    other.close();
  }
});

test('a server that was closed answers no more, and closing it twice is closing it once', async () => {
  await using at = await startServer();
  await at.server.close();
  await at.server.close();
  await expect(fetch(`${at.url}/livez`)).rejects.toThrow();
  await expect(at.server.store.summary()).rejects.toMatchObject({ code: 'STORE_CLOSED' });
});
