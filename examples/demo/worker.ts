// The Node worker of the demo: a process of its own with a replica in a folder of its own. It is configured by
// DATASTORES_URL and DATASTORES_TOKEN, takes the folder as its argument, and tells its parent what it sees.
import { customers, inventory, orders, productCatalog } from '@datastores/core';
import { openDatastores } from '@datastores/node';
import { auditTime, combineLatest, merge } from 'rxjs';
import { changeMessage } from './change-message.ts';
import { DATASTORE_NAMES, type WorkerMessage } from './worker-message.ts';

const folder = process.argv[2];
if (folder === undefined) throw new Error('Usage: node worker.js FOLDER');

const replica = await openDatastores({ folder, datastores: [productCatalog, customers, inventory, orders] });
const { product, customer, inventory: stock, order, status$, unpushed$ } = replica;

const counts$ = combineLatest({
  product: product.count().$,
  customer: customer.count().$,
  inventory: stock.count().$,
  order: order.count().$,
});
let synced = false;
combineLatest([counts$, unpushed$, status$])
  .pipe(auditTime(200))
  .subscribe(([counts, unpushed, status]) => {
    const states = DATASTORE_NAMES.map((name) => status.datastores[name]?.syncedAt ?? null);
    synced ||= states.every((syncedAt) => syncedAt !== null);
    tell({ kind: 'state', counts, unpushed, replication: status.state });
  });
merge(product.$, customer.$, stock.$, order.$).subscribe((event) => {
  if (synced) tell(changeMessage(event));
});
// Without a parent there is nobody to work for.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));

function tell(message: WorkerMessage): void {
  if (process.connected) process.send?.(message);
}
