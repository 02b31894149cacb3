import { answer, begin, blockKey, type Transaction } from './database.ts';
import type { Place } from './table.ts';

/** The texts of blocks, those parts that were read last in memory. */
export interface Texts {
  /** The texts at these places, or null if one of the blocks is not there any more: somebody has moved its documents. */
  read(collection: number, places: readonly Place[], transaction?: Transaction): Promise<readonly string[] | null>;
  /** A part of a block that was just read or written. */
  keep(part: number, texts: readonly string[]): void;
  /** The same, unless others would have to go. False where there was no room. */
  keepIfRoom(part: number, texts: readonly string[]): boolean;
  clear(): void;
}

/** Keeps as many parts as fit into so many characters; whichever was not read for longest goes first. */
export function createTexts(database: IDBDatabase, capacity: number): Texts {
  const parts = new Map<number, { readonly texts: readonly string[]; readonly size: number }>();
  let held = 0;

  function drop(part: number): void {
    held -= parts.get(part)?.size ?? 0;
    parts.delete(part);
  }

  function keep(part: number, texts: readonly string[]): void {
    drop(part);
    const size = sizeOf(texts);
    parts.set(part, { texts, size });
    held += size;
    for (const oldest of parts.keys()) {
      if (held <= capacity || oldest === part) break;
      drop(oldest);
    }
  }

  function known(part: number): readonly string[] | undefined {
    const found = parts.get(part);
    if (found === undefined) return undefined;
    parts.delete(part);
    parts.set(part, found);
    return found.texts;
  }

  return {
    async read(collection, places, transaction) {
      const wanted = new Map<number, readonly string[]>();
      const missing = new Set<number>();
      for (const place of places) {
        if (typeof place === 'string' || wanted.has(place.part)) continue;
        const texts = known(place.part);
        if (texts === undefined) missing.add(place.part);
        else wanted.set(place.part, texts);
      }
      if (missing.size > 0) {
        const store = (transaction ?? begin(database, 'readonly')).store('blocks');
        const read = [...missing].map(async (part) => {
          const texts = await answer<readonly string[] | undefined>(store.get(blockKey(collection, part)));
          if (texts === undefined) return;
          wanted.set(part, texts);
          keep(part, texts);
        });
        await Promise.all(read);
      }
      const texts = places.map((place) => (typeof place === 'string' ? place : wanted.get(place.part)?.[place.at]));
      return texts.includes(undefined) ? null : (texts as string[]);
    },
    keep,
    keepIfRoom(part, texts) {
      if (parts.has(part)) return true;
      if (held + sizeOf(texts) > capacity) return false;
      keep(part, texts);
      return true;
    },
    clear() {
      parts.clear();
      held = 0;
    },
  };
}

function sizeOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}
