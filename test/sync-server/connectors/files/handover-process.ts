import { createContext } from '@datastores/sync-server/conformance';
import { files } from '@datastores/sync-server/files';
import { create } from '../../../../apps/sync-server/src/connectors/conformance/writes.ts';

/** Hands over batches of three creates from a number on, and says the number of each batch when it is done. */
const [folder = '', state = '', first = '0'] = process.argv.slice(2);
const connector = files({
  folder,
  state,
  streams: { items: { format: { is: 'jsonl' }, key: 'id', inbox: { delta: '*.jsonl' }, outbox: { marker: '.ok' } } },
});
const { items } = connector.streams;
if (!items?.push) throw new Error('The connector has no stream items.');
for (let batch = Number(first); ; batch += 1) {
  const writes = [1, 2, 3].map((at) => create(`w${batch}-${at}`, `name ${batch}`, at));
  const outcomes = await items.push(writes, createContext());
  if (outcomes.some(({ is }) => is !== 'applied')) throw new Error(JSON.stringify(outcomes));
  process.stdout.write(`${batch}\n`);
}
