import { existsSync } from 'node:fs';
import { join } from 'node:path';
import serveStatic from '@fastify/static';
import fastify from 'fastify';
import type { Demo } from '../start-demo.ts';
import { createWorld } from './world.ts';

/** The pages of the till and of the shop floor, and the switches of the outside world. */
export interface ShopFloor {
  /** Where it is served, without a trailing slash. */
  readonly url: string;
  close(): Promise<void>;
}

/** Where the bundled pages are, seen from the compiled demo and from its sources. */
const PAGES = ['../../till', '../../dist/till'].map((path) => join(import.meta.dirname, path));

/** The demo is asked for when it is needed: its server has to know the address of these pages first. */
export async function startShopFloor(port: number, demo: () => Demo | null): Promise<ShopFloor> {
  const pages = PAGES.find((folder) => existsSync(join(folder, 'service-worker.js')));
  if (pages === undefined) throw new Error('The till is not built. Run npm run build.');
  const app = fastify({ forceCloseConnections: true });
  await app.register(serveStatic, { root: pages, cacheControl: false });
  const world = createWorld();
  app.addHook('onRequest', async ({ url }, reply) => {
    const isAsking = url === '/session' || url.startsWith('/world');
    if (isAsking && demo() === null) await reply.code(503).send({ error: 'The demo is still starting.' });
  });
  const running = () => demo() as Demo;
  app.get('/session', () => ({ url: `${running().url}/trpc`, token: running().token }));
  app.get('/world', () => world.describe(running()));
  app.post('/world/systems/:name/:to', async ({ params }, reply) => {
    const { name, to } = params as { name: string; to: string };
    if (!world.setDown(running(), name, to === 'down'))
      return reply.code(404).send({ error: `There is no "${name}".` });
    return world.describe(running());
  });
  app.post('/world/deeds/:deed', async ({ params }, reply) => {
    const { deed } = params as { deed: string };
    if (!(await world.act(running(), deed))) return reply.code(404).send({ error: `There is no "${deed}".` });
    return world.describe(running());
  });
  const url = await app.listen({ host: '127.0.0.1', port });
  return { url, close: () => app.close() };
}
