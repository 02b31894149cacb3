// The honest application: two replicas of one shop. One writes, and a write counts as done when the server has confirmed it
// and the live query of the other replica has it.
import { join } from 'node:path';
import { filter, firstValueFrom, timeout } from 'rxjs';
import { answer } from '../../bench/answer.ts';
import { KINDS } from '../../bench/documents/kinds.ts';
import { makeProduct } from '../../bench/documents/product.ts';
import { caughtUp } from '../../bench/ours/caught-up.ts';
import { type OpenReplica, openReplica, type ServerAddress } from '../../bench/ours/open-replica.ts';
import { CANARY } from '../server/place.ts';

/** A write that was confirmed: the document and the value that it has since. */
export interface Written {
  readonly id: string;
  readonly value: number;
}

/** Documents that are written, one after the other and then again. */
const DOCUMENTS = 200;

/** Time between the beginnings of two writes, in milliseconds. */
const EVERY_MS = 15;

/** So long a write may take before it counts as stuck, in milliseconds. */
const STUCK_MS = 240_000;

let writer: OpenReplica;
let reader: OpenReplica;
let writes = 0;
let isOn = false;
let running: Promise<readonly number[]> = Promise.resolve([]);
const written = new Map<string, number>();

const commands = {
  async open({ folder, server }: { readonly folder: string; readonly server: ServerAddress }): Promise<void> {
    writer = await openReplica(join(folder, 'writer'), KINDS.product, server);
    reader = await openReplica(join(folder, 'reader'), KINDS.product, server);
    await caughtUp(writer.stores);
    await caughtUp(reader.stores);
  },

  /** Writes so many times and returns how long each took until it was everywhere, in milliseconds. */
  measure: ({ count }: { readonly count: number }) => write((done) => done < count),

  begin(): void {
    isOn = true;
    running = write(() => isOn);
    // Told when it is asked for.
    running.catch(() => undefined);
  },

  /** Ends what `begin` began, and returns how long each write took. */
  async end(): Promise<readonly number[]> {
    isOn = false;
    return running;
  },

  /** What was confirmed, and how the reader has it. */
  async outcome(): Promise<{
    readonly written: readonly Written[];
    readonly foreign: readonly string[];
    lost: string[];
  }> {
    const documents = await reader.collection.find().exec();
    const values = new Map(documents.map((document) => [document.get('id') as string, document.get('reorderLevel')]));
    const lost = [...written].filter(([id, value]) => values.get(id) !== value).map(([id]) => id);
    const foreign = [...values.keys()].filter((id) => !written.has(id));
    return { written: [...written].map(([id, value]) => ({ id, value })), foreign, lost };
  },

  async close(): Promise<void> {
    await writer.stores.close();
    await reader.stores.close();
  },
};

/** What this process can be asked for. */
export type HonestCommands = typeof commands;

answer(commands);

async function write(goOn: (done: number) => boolean): Promise<readonly number[]> {
  const took: number[] = [];
  while (goOn(took.length)) {
    const begun = performance.now();
    await writeOnce();
    took.push(performance.now() - begun);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, EVERY_MS - (performance.now() - begun))));
  }
  return took;
}

async function writeOnce(): Promise<void> {
  writes += 1;
  const id = `honest-${writes % DOCUMENTS}`;
  const value = writes;
  const seen = reader.collection.findOne(id).$.pipe(filter((document) => document?.get('reorderLevel') === value));
  const arrived = firstValueFrom(seen.pipe(timeout(2 * STUCK_MS)));
  // Told when it is waited for.
  arrived.catch(() => undefined);
  const known = await writer.collection.findOne(id).exec();
  if (known !== null) await known.patch({ reorderLevel: value });
  else {
    const document = { ...makeProduct(1, writes), id, description: CANARY, reorderLevel: value };
    await writer.collection.insert({ ...document });
  }
  const { outcome } = await writer.stores.confirm(id, { datastore: 'product', timeoutMs: STUCK_MS });
  if (outcome !== 'accepted') throw new Error(`The write ${writes} of ${id} ended as ${outcome}.`);
  written.set(id, value);
  await arrived;
}
