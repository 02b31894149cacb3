import type { Random } from './seed/random.ts';
import { FAMILIES, LOCATIONS } from './seed/words.ts';
import type { DemoSystems } from './systems/start-systems.ts';

/** Where something is done, and by which chance. */
export interface Scene {
  readonly systems: DemoSystems;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** Does one thing as a user of a system would, over its HTTP interface, and says what. Rejects where the system is down. */
export type Deed = (scene: Scene) => Promise<string>;

/** What people do in the business systems, by name. */
export const DEEDS = {
  price: changePrice,
  order: placeOrder,
  delivery: (scene: Scene) => moveGoods(scene, scene.random.integer(5, 40)),
  sale: (scene: Scene) => moveGoods(scene, -3),
} as const satisfies Readonly<Record<string, Deed>>;

interface Artikel {
  readonly ArtikelNr: string;
  readonly Bezeichnung: string;
  readonly VkPreis: string;
}

async function changePrice(scene: Scene): Promise<string> {
  const { ArtikelNr, Bezeichnung, VkPreis } = await anyArtikel(scene);
  const cents = Math.max(99, Math.round(Number(VkPreis.replace(',', '')) * (scene.random.integer(95, 106) / 100)));
  const body = { VkPreis: (cents / 100).toFixed(2).replace('.', ',') };
  await send(scene, { url: `${scene.systems.erp.url}/odata/Artikel('${ArtikelNr}')`, method: 'PATCH', body });
  return `ERP: ${Bezeichnung} (${ArtikelNr}) costs ${body.VkPreis} instead of ${VkPreis}.`;
}

async function placeOrder(scene: Scene): Promise<string> {
  const { ArtikelNr, Bezeichnung, VkPreis } = await anyArtikel(scene);
  const position = {
    pos: 1,
    article: ArtikelNr,
    text: Bezeichnung,
    pieces: scene.random.integer(1, 4),
    price: Number(VkPreis.replace(',', '.')),
    vat: 19,
  };
  const customer = `C-${scene.random.integer(10_001, 10_500)}`;
  const body = { customer, source: 'phone', positions: [position] };
  await send(scene, { url: `${scene.systems.oms.url}/orders`, method: 'POST', body });
  return `OMS: ${customer} ordered ${position.pieces} of ${Bezeichnung} by phone.`;
}

async function moveGoods(scene: Scene, qty: number): Promise<string> {
  const { ArtikelNr, Bezeichnung } = await anyArtikel(scene);
  const url = `${scene.systems.wms.url}/levels/${LOCATIONS[0]}-${ArtikelNr}/add`;
  await send(scene, { url, method: 'POST', body: { qty } });
  const what = `${Math.abs(qty)} of ${Bezeichnung} (${ArtikelNr})`;
  return qty > 0 ? `WMS: ${what} came in.` : `WMS: ${what} were shipped.`;
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
  if (!response.ok) throw new Error(`${call.url} answered ${response.status}.`);
}
