// A HEAD request opened a stream of pokes that nobody read and nobody ended: each held timers and a listener for half an hour.
import { expect, test } from 'vitest';
import { startServer, tokenFor } from '../sync-server/http/test-server.ts';

test('a HEAD request opens no stream', async () => {
  await using at = await startServer();
  const headers = { authorization: `Bearer ${await tokenFor()}` };
  const input = encodeURIComponent(JSON.stringify({ json: { protocol: 1, datastores: { product: 0 } } }));
  const head = () => fetch(`${at.url}/trpc/changes?input=${input}`, { method: 'HEAD', headers });
  await head();
  const before = timers();

  for (let times = 0; times < 30; times += 1) expect((await head()).status).toBe(400);

  expect(timers() - before).toBeLessThan(10);
});

function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}
