import { isDatastoreError } from '@datastores/core';
import type { RxCollection } from 'rxdb';
import { type Entry, nameIn } from './entry.ts';
import type { Write, WriteAnswer } from './write.ts';

/** Makes a write in a replica, and says what it replaced. Resolves when the replica has acknowledged it. */
export async function applyWrite(collection: RxCollection<Entry>, write: Write): Promise<WriteAnswer> {
  try {
    return write.kind === 'insert' || write.kind === 'create'
      ? await insert(collection, write)
      : await change(collection, write);
  } catch (error) {
    if (error instanceof NotThere || isConflict(error)) return { is: 'void' };
    const message = error instanceof Error ? error.message : String(error);
    return { is: 'failed', code: isDatastoreError(error) ? error.code : 'UNKNOWN', message };
  }
}

/** The document was deleted between the look at it and the write. */
class NotThere extends Error {}

function isConflict(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === 'CONFLICT';
}

async function insert(collection: RxCollection<Entry>, write: Write): Promise<WriteAnswer> {
  const { name, id, amount } = write;
  const text = `${name}<`;
  const document: Entry = { id, born: name, text, total: amount, ...padOf(write), [`m${write.writer}`]: text };
  await collection.insert(document);
  return { is: 'done', previous: '', born: name };
}

async function change(collection: RxCollection<Entry>, write: Write): Promise<WriteAnswer> {
  const found = await collection.findOne(write.id).exec();
  if (found === null) return { is: 'void' };
  let [previous, born] = ['', ''];
  await found.incrementalModify((document) => {
    if (document._deleted) throw new NotThere();
    previous = nameIn(document.text);
    born = document.born;
    if (write.kind === 'remove') return { ...document, _deleted: true };
    const text = `${write.name}<${previous}`;
    const total = document.total + write.amount;
    return { ...document, text, total, ...padOf(write), [`m${write.writer}`]: text };
  });
  return { is: 'done', previous, born };
}

function padOf({ pad, name }: Write): { readonly pad?: string } {
  return pad === 0 ? {} : { pad: name.padEnd(pad, '.') };
}
