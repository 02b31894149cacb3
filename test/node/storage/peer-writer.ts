import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { getRxStorageSQLite } from '@datastores/node';
import { type Item, insert, item, itemSchema, next, type StoredItem, write } from '../../suites/storage/item.ts';
import { prepared } from '../../suites/storage/prepared.ts';

/**
 * A process that shares a file with others: it opens it at the first line of input, and does what further lines ask for.
 * Each line is answered with one line of JSON.
 */
const [filename = '', busyTimeoutMs = '5000'] = process.argv.slice(2);
const lines = createInterface(process.stdin)[Symbol.asyncIterator]();
answer('loaded');
await lines.next();
const instance = await getRxStorageSQLite({
  filename,
  durability: 'normal',
  busyTimeoutMs: Number(busyTimeoutMs),
}).createStorageInstance<Item>({
  databaseInstanceToken: randomUUID(),
  databaseName: 'db',
  collectionName: 'items',
  schema: itemSchema,
  options: {},
  multiInstance: true,
  devMode: false,
});
/** What this process was told, own writes and those of others. */
const told: { readonly id: string; readonly age: number; readonly before: number | null; readonly seq: number }[] = [];
instance.changeStream().subscribe(({ events, checkpoint }) => {
  for (const { documentData, previousDocumentData } of events) {
    const before = (previousDocumentData as StoredItem | undefined)?.age ?? null;
    told.push({ id: documentData.id, age: documentData.age, before, seq: checkpoint.seq });
  }
});
answer('open');

const WORK: Readonly<Record<string, (...args: string[]) => Promise<unknown>>> = {
  /** Inserts documents `<prefix>0`, `<prefix>1`, …, each in a write of its own. */
  async insert(prefix = '', count = '1') {
    for (let at = 0; at < Number(count); at += 1) await insert(instance, [item(`${prefix}${at}`)]);
  },
  /** Inserts documents in one write, each with so many characters. */
  async bulk(prefix = '', count = '1', length = '0') {
    const note = 'x'.repeat(Number(length));
    await insert(
      instance,
      Array.from({ length: Number(count) }, (_, at) => item(`${prefix}${at}`, { note })),
    );
  },
  /** Raises the age of all documents in one write. */
  async raiseall() {
    const { documents } = await instance.query(prepared(instance, {}));
    await write(
      instance,
      documents.map((previous) => ({ previous, document: next(previous, { age: previous.age + 1 }) })),
    );
  },
  /** Inserts one document after the other until the next line of input comes. Returns how many. */
  async flood(prefix = '') {
    let stop = false;
    const line = lines.next().then(() => {
      stop = true;
    });
    let count = 0;
    for (; !stop; count += 1) {
      await insert(instance, [item(`${prefix}${count}`)]);
      if (count % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await line;
    return count;
  },
  /** Microseconds of the processor that pass in so many milliseconds of doing nothing. */
  async idle(ms = '0') {
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, Number(ms)));
    const { user, system } = process.cpuUsage(before);
    return user + system;
  },
  /** Raises the age of a document so many times, each time from its latest state, however often another is faster. */
  async raise(id = '', times = '1') {
    let conflicts = 0;
    for (let done = 0; done < Number(times); ) {
      const [previous] = await instance.findDocumentsById([id], false);
      if (previous === undefined) throw new Error(`${id} is not there`);
      // Gives others a chance to come in between.
      if (done % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
      const document = next(previous, {
        age: previous.age + 1,
        _rev: `${Number.parseInt(previous._rev, 10) + 1}-${process.pid}`,
      });
      const { error } = await instance.bulkWrite([{ previous, document }], 'raise');
      if (error.length === 0) done += 1;
      else conflicts += 1;
    }
    return conflicts;
  },
  told: async () => told,
  count: async () => (await instance.count(prepared(instance, { selector: { _deleted: { $eq: false } } }))).count,
  /** Keeps the write lock of the file for so many milliseconds. */
  async hold(ms = '0') {
    const { database } = instance.internals;
    database.exec('BEGIN IMMEDIATE');
    answer('held');
    await new Promise((resolve) => setTimeout(resolve, Number(ms)));
    database.exec('COMMIT');
  },
  close: () => instance.close(),
  remove: () => instance.remove(),
};

for (let line = await lines.next(); !line.done; line = await lines.next()) {
  const [name = '', ...args] = line.value.split(' ');
  try {
    answer((await WORK[name]?.(...args)) ?? null);
  } catch (error) {
    const { code, message, retryable } = error as Error & { code?: string; retryable?: boolean };
    answer({ code, message, retryable });
  }
}

function answer(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
