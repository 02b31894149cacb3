import { BLOCK_DOCUMENTS } from './block-counts.ts';
import { answer, blockKey, type Transaction } from './database.ts';
import type { Head, HeadTexts } from './records.ts';
import type { BlockPlace, Entry, Table } from './table.ts';
import { decodeKey, encodeKey, type KeyValue } from './value-order.ts';

/** A document to be packed into a block. */
export interface Packed {
  readonly entry: Entry;
  readonly text: string;
}

/** A block that is ready to be stored. */
export interface Block {
  readonly head: Head;
  readonly parts: readonly (readonly string[])[];
  readonly entries: readonly Entry[];
}

/**
 * Characters of a part, as far as documents go. A text is read together with its part: of 25 products as one record,
 * Chromium reads 50 in a third of the time that it takes for records of 100, and writes them as fast.
 */
const PART_CHARACTERS = 30_000;

/** Packs documents into as few blocks as possible, all about equally full. `number` gives a block of so many parts its number. */
export function packBlocks(
  documents: readonly Packed[],
  paths: readonly string[],
  number: (entries: readonly Entry[], parts: number) => number,
): Block[] {
  const count = Math.ceil(documents.length / BLOCK_DOCUMENTS);
  const size = Math.ceil(documents.length / count);
  const blocks: Block[] = [];
  for (let start = 0; start < documents.length; start += size) {
    const part = documents.slice(start, start + size);
    const entries = part.map(({ entry }) => entry);
    const texts = part.map(({ text }) => text);
    const perPart = perPartOf(texts);
    const block = number(entries, Math.ceil(texts.length / perPart));
    blocks.push({ head: { block, perPart, ...columnsOf(entries, paths) }, parts: partsOf(texts, perPart), entries });
  }
  return blocks;
}

function perPartOf(texts: readonly string[]): number {
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  return Math.max(1, Math.floor((PART_CHARACTERS * texts.length) / Math.max(1, characters)));
}

function partsOf(texts: readonly string[], perPart: number): string[][] {
  const count = Math.ceil(texts.length / perPart);
  return Array.from({ length: count }, (_, at) => texts.slice(at * perPart, (at + 1) * perPart));
}

function columnsOf(entries: readonly Entry[], paths: readonly string[]): Omit<Head, 'block' | 'perPart'> {
  const texts: HeadTexts = {
    ids: entries.map(({ id }) => id),
    revs: entries.map(({ rev }) => rev),
    paths,
    keys: paths.map((_, at) => entries.map(({ keys }) => encodeKey(keys[at]))),
  };
  return {
    texts: JSON.stringify(texts),
    seqs: Float64Array.from(entries, ({ seq }) => seq),
    lwts: Float64Array.from(entries, ({ lwt }) => lwt),
    deleted: Uint8Array.from(entries, ({ deleted }) => (deleted ? 1 : 0)),
  };
}

/** Puts the records of blocks into a transaction. */
export function storeBlocks(collection: number, blocks: readonly Block[], { store }: Transaction): void {
  for (const { head, parts } of blocks) {
    store('heads').put(head, blockKey(collection, head.block));
    for (const [at, texts] of parts.entries()) store('blocks').put(texts, blockKey(collection, head.block + at));
  }
}

/** Where the document at a place of a block lies. */
export function placeIn({ block, perPart }: Pick<Head, 'block' | 'perPart'>, at: number): BlockPlace {
  return { block, part: block + Math.floor(at / perPart), at: at % perPart };
}

/** How many parts a block has. */
export function partCount({ perPart, seqs }: Head): number {
  return Math.ceil(seqs.length / perPart);
}

/** Reads the parts of a block. */
export async function readParts(
  collection: number,
  head: Head,
  { store }: Transaction,
): Promise<readonly (readonly string[])[]> {
  const numbers = Array.from({ length: partCount(head) }, (_, at) => head.block + at);
  return Promise.all(numbers.map((part) => answer<string[]>(store('blocks').get(blockKey(collection, part)))));
}

/** The ids of a head. */
export function idsOf({ texts }: Head): readonly string[] {
  return (JSON.parse(texts) as HeadTexts).ids;
}

/** A head as a table takes it. */
export interface ReadHead {
  readonly head: Head;
  readonly columns: HeadTexts;
}

/** Reads a head. */
export function readHead(head: Head): ReadHead {
  return { head, columns: JSON.parse(head.texts) };
}

/** True where a head has all the columns of a layout. One of an older layout is to be made anew from its documents. */
export function fits({ columns: { paths } }: ReadHead, { keyPaths }: Table['layout']): boolean {
  return keyPaths.every((path) => paths.includes(path));
}

/** Puts the documents of a block into a table. `added` is told those that were new to it. */
export function putHead(table: Table, { head, columns }: ReadHead, added?: (entry: Entry) => void): void {
  const { block, seqs, lwts, deleted } = head;
  const { ids, revs, paths, keys } = columns;
  const values = table.layout.keyPaths.map((path) => keys[paths.indexOf(path)] ?? []);
  table.counts.known(block, { documents: ids.length, parts: partCount(head) });
  for (let at = 0; at < ids.length; at += 1) {
    const seq = seqs[at] as number;
    if (seq === 0) continue;
    const entry = {
      id: ids[at] as string,
      seq,
      rev: revs[at] as string,
      lwt: lwts[at] as number,
      deleted: deleted[at] === 1,
      keys: values.map((column): KeyValue => decodeKey(column[at])),
    };
    if (table.put(entry, placeIn(head, at))) added?.(entry);
  }
}
