import type { Random } from './seed/random.ts';
import { FAMILIES, LOCATIONS } from './seed/words.ts';
import type { DemoSystems } from './systems/start-systems.ts';

/** Business that goes on in the demo systems while replicas work. */
export interface Business {
  close(): Promise<void>;
}

/** How often something happens, and by which chance. */
export interface BusinessOptions {
  readonly everyMs: number;
  readonly random: Random;
}

/**
 * Changes something in one of the systems every few seconds, over their HTTP interfaces as their own users would: a price
 * in the ERP, an order in the order system, a delivery in the warehouse. What a system that is down misses, it misses.
 */
export function createBusiness(systems: DemoSystems, { everyMs, random }: BusinessOptions): Business {
  const stopped = new AbortController();
  const events = [changePrice, placeOrder, receiveGoods];
  let running = Promise.resolve();
  const timer = setInterval(() => {
    running = running
      .then(() => random.pick(events)({ systems, random, signal: stopped.signal }))
      .catch(() => undefined);
  }, everyMs);
  return {
    async close() {
      clearInterval(timer);
      stopped.abort();
      await running;
    },
  };
}

interface Scene {
  readonly systems: DemoSystems;
  readonly random: Random;
  readonly signal: AbortSignal;
}

interface Artikel {
  readonly ArtikelNr: string;
  readonly Bezeichnung: string;
  readonly VkPreis: string;
}

async function changePrice(scene: Scene): Promise<void> {
  const { ArtikelNr, VkPreis } = await anyArtikel(scene);
  const cents = Math.max(99, Math.round(Number(VkPreis.replace(',', '')) * (scene.random.integer(95, 106) / 100)));
  const body = { VkPreis: (cents / 100).toFixed(2).replace('.', ',') };
  await send(scene, { url: `${scene.systems.erp.url}/odata/Artikel('${ArtikelNr}')`, method: 'PATCH', body });
}

async function placeOrder(scene: Scene): Promise<void> {
  const { ArtikelNr, Bezeichnung, VkPreis } = await anyArtikel(scene);
  const position = {
    pos: 1,
    article: ArtikelNr,
    text: Bezeichnung,
    pieces: scene.random.integer(1, 4),
    price: Number(VkPreis.replace(',', '.')),
    vat: 19,
  };
  const body = { customer: `C-${scene.random.integer(10_001, 10_500)}`, source: 'phone', positions: [position] };
  await send(scene, { url: `${scene.systems.oms.url}/orders`, method: 'POST', body });
}

async function receiveGoods(scene: Scene): Promise<void> {
  const { ArtikelNr } = await anyArtikel(scene);
  const url = `${scene.systems.wms.url}/levels/${LOCATIONS[0]}-${ArtikelNr}/add`;
  await send(scene, { url, method: 'POST', body: { qty: scene.random.integer(5, 40) } });
}

async function anyArtikel({ systems, random, signal }: Scene): Promise<Artikel> {
  const start = `${random.pick(FAMILIES).prefix}-${String(random.integer(0, 1_900)).padStart(5, '0')}`;
  const query = `$filter=${encodeURIComponent(`ArtikelNr gt '${start}' and Geloescht eq false`)}&$orderby=ArtikelNr&$top=1`;
  const response = await fetch(`${systems.erp.url}/odata/Artikel?${query}`, { signal });
  const { value } = (await response.json()) as { value: readonly Artikel[] };
  const [artikel] = value;
  if (artikel === undefined) throw new Error(`The ERP has no article behind ${start}.`);
  return artikel;
}

async function send({ signal }: Scene, call: { url: string; method: string; body: object }): Promise<void> {
  const response = await fetch(call.url, {
    method: call.method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(call.body),
    signal,
  });
  await response.body?.cancel();
}
