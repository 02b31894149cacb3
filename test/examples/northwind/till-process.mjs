// A till of its own: opens a replica, does what the lines on standard input say, and answers each line once it is durable.
import { createInterface } from 'node:readline';
import { customers, inventory, orders, productCatalog } from '@datastores/core';
import { openDatastores } from '@datastores/node';

const { FOLDER, URL_OF_SERVER, TOKEN } = process.env;
const stores = await openDatastores({
  folder: FOLDER,
  datastores: [productCatalog, customers, inventory, orders],
  url: URL_OF_SERVER,
  token: TOKEN,
});
stores.unpushed$.subscribe((unpushed) => console.log(JSON.stringify({ unpushed })));
stores.status$.subscribe(({ state }) => console.log(JSON.stringify({ state })));

for await (const line of createInterface({ input: process.stdin })) {
  const { number, name, id, patch, insert } = JSON.parse(line);
  if (insert) await stores[name].insert(insert);
  else await stores[name].findOne(id).incrementalPatch(patch);
  console.log(JSON.stringify({ done: number }));
}
