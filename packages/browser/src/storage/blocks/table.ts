import { createBlockCounts } from './block-counts.ts';
import type { Layout } from './layout.ts';
import type { SlotOrder } from './sort-slots.ts';
import { createSortedSlots, type SortedSlots } from './sorted-slots.ts';
import { compareValues, type KeyValue } from './value-order.ts';

/**
 * The documents of a collection as they are kept in memory: everything but their texts, column by column.
 *
 * - Every stored state of a document has a slot of its own, and nothing in a slot changes but where its text lies. A document
 *   that is written again gets a new slot, and the old one is dead: no index has to be searched for what it was before.
 * - The state with the highest sequence number counts, in whatever order states are put. Loading blocks and log in any order
 *   therefore gives the same table, and putting the same state twice changes nothing.
 */
export interface Table {
  readonly layout: Layout;
  /** Documents, deleted ones too. */
  readonly size: () => number;
  /** Stores a state, or, where it is there, the place where its text lies now. Says whether it was new. */
  put(entry: Entry, place: Place): boolean;
  /** Forgets a document whose state is older than this number. */
  remove(id: string, before: number): void;
  /** The slot of a document. */
  slotOf(id: string): number | undefined;
  readonly idOf: (slot: number) => string;
  readonly revisionOf: (slot: number) => string;
  readonly seqOf: (slot: number) => number;
  readonly isDeleted: (slot: number) => boolean;
  readonly isDead: (slot: number) => boolean;
  readonly placeOf: (slot: number) => Place;
  /** How to read the values of a path; undefined where it has no column. */
  readonly column: (path: string) => ((slot: number) => KeyValue) | undefined;
  /** The slots that are not dead, in any order. */
  readonly live: () => Iterable<number>;
  /** The slots in the order of these paths and then of ids. */
  readonly ordered: (paths: readonly string[]) => Uint32Array;
  /** The slots in the order of commits. */
  readonly bySeq: () => Uint32Array;
  /** Slots of documents that are deleted since then or longer, at most so many. */
  readonly deletedUntil: (lwt: number, most: number) => readonly number[];
  /** Slots whose texts lie in the log, oldest first. */
  readonly inLog: () => readonly number[];
  readonly loggedCount: () => number;
  /** Slots whose texts lie in these blocks, by block. */
  readonly inBlocks: (blocks: ReadonlySet<number>) => ReadonlyMap<number, readonly number[]>;
  readonly counts: ReturnType<typeof createBlockCounts>;
  clear(): void;
}

/** A stored state of a document, without its text. */
export interface Entry {
  readonly id: string;
  readonly seq: number;
  readonly rev: string;
  readonly lwt: number;
  readonly deleted: boolean;
  readonly keys: readonly KeyValue[];
}

/** Where a text lies: in memory as long as it is in the log only, or in a block. */
export type Place = string | BlockPlace;

/** A place in a block: the number of the part, and the place therein. */
export interface BlockPlace {
  readonly block: number;
  readonly part: number;
  readonly at: number;
}

/** Dead slots that are put up with, beside as many as there are live ones. */
const DEAD_SLOTS = 1_000;

/** Creates an empty table. */
export function createTable(layout: Layout): Table {
  const counts = createBlockCounts();
  const orders = new Map<string, SortedSlots>();
  let slots = new Map<string, number>();
  let log = new Set<number>();
  let columns = emptyColumns(layout.keyPaths.length);
  /** Documents of a replica share a few revisions, and each text of its own would cost more than the rest of the slot. */
  const revisions = new Map<string, string>();

  const order = (name: string, by: SlotOrder) => {
    const known = orders.get(name) ?? createSortedSlots({ ...by, live: () => Uint32Array.from(slots.values()) });
    orders.set(name, known);
    return known.slots();
  };

  function put(entry: Entry, place: Place): boolean {
    const known = slots.get(entry.id);
    const seq = known === undefined ? -1 : (columns.seqs[known] as number);
    if (seq > entry.seq) return false;
    if (known !== undefined && seq === entry.seq) {
      if (typeof place !== 'string') {
        leavePlace(known);
        setPlace(known, place);
      }
      return false;
    }
    if (known !== undefined) die(known);
    const slot = columns.ids.length;
    columns.ids.push(entry.id);
    columns.seqs.push(entry.seq);
    columns.revs.push(sharedRevision(entry.rev));
    columns.lwts.push(entry.lwt);
    columns.deleted.push(entry.deleted);
    columns.dead.push(false);
    columns.places.push(-1);
    columns.parts.push(-1);
    columns.blocks.push(-1);
    for (let at = 0; at < columns.keys.length; at += 1) (columns.keys[at] as KeyValue[]).push(entry.keys[at]);
    setPlace(slot, place);
    slots.set(entry.id, slot);
    for (const sorted of orders.values()) sorted.add(slot);
    if (columns.ids.length - slots.size > slots.size + DEAD_SLOTS) renumber();
    return true;
  }

  function sharedRevision(rev: string): string {
    const known = revisions.get(rev);
    if (known !== undefined) return known;
    if (revisions.size < 256) revisions.set(rev, rev);
    return rev;
  }

  function setPlace(slot: number, place: Place): void {
    if (typeof place === 'string') {
      columns.texts.set(slot, place);
      log.add(slot);
      return;
    }
    columns.blocks[slot] = place.block;
    columns.parts[slot] = place.part;
    columns.places[slot] = place.at;
    counts.entered(place.block);
  }

  function leavePlace(slot: number): void {
    columns.texts.delete(slot);
    log.delete(slot);
    const block = columns.blocks[slot] as number;
    if (block >= 0) counts.left(block);
  }

  function die(slot: number): void {
    leavePlace(slot);
    columns.dead[slot] = true;
    slots.delete(columns.ids[slot] as string);
  }

  /** Gives the live slots new numbers without gaps, which leaves every order as it is. */
  function renumber(): void {
    const numbers = new Int32Array(columns.ids.length).fill(-1);
    const before = columns;
    columns = emptyColumns(layout.keyPaths.length);
    for (let slot = 0; slot < numbers.length; slot += 1) {
      if (before.dead[slot]) continue;
      numbers[slot] = columns.ids.length;
      for (const name of ['ids', 'seqs', 'revs', 'lwts', 'deleted', 'dead', 'places', 'parts', 'blocks'] as const) {
        (columns[name] as unknown[]).push(before[name][slot]);
      }
      for (const [at, values] of before.keys.entries()) (columns.keys[at] as KeyValue[]).push(values[slot]);
    }
    const moved = (slot: number) => numbers[slot] as number;
    for (const [slot, text] of before.texts) columns.texts.set(moved(slot), text);
    log = new Set([...log].map(moved));
    slots = new Map([...slots].map(([id, slot]) => [id, moved(slot)]));
    for (const sorted of orders.values()) sorted.renumber(numbers);
  }

  function listOf(path: string): readonly KeyValue[] {
    if (path === layout.primaryPath) return columns.ids;
    if (path === '_deleted') return columns.deleted;
    if (path === '_meta.lwt') return columns.lwts;
    return columns.keys[layout.keyPaths.indexOf(path)] ?? [];
  }

  function column(path: string): ((slot: number) => KeyValue) | undefined {
    if (path === layout.primaryPath) return (slot) => columns.ids[slot];
    if (path === '_deleted') return (slot) => columns.deleted[slot];
    if (path === '_meta.lwt') return (slot) => columns.lwts[slot];
    const at = layout.keyPaths.indexOf(path);
    return at < 0 ? undefined : (slot) => columns.keys[at]?.[slot];
  }

  function compareBy(paths: readonly string[]): (a: number, b: number) => number {
    let known = columns;
    let lists = [...paths, layout.primaryPath].map(listOf);
    return (a, b) => {
      if (known !== columns) {
        known = columns;
        lists = [...paths, layout.primaryPath].map(listOf);
      }
      for (const list of lists) {
        const left = list[a];
        const right = list[b];
        const order = left === right ? 0 : compareValues(left, right);
        if (order !== 0) return order;
      }
      return 0;
    };
  }

  return {
    layout,
    size: () => slots.size,
    put,
    remove(id, before) {
      const slot = slots.get(id);
      if (slot !== undefined && (columns.seqs[slot] as number) < before) die(slot);
    },
    slotOf: (id) => slots.get(id),
    idOf: (slot) => columns.ids[slot] as string,
    revisionOf: (slot) => columns.revs[slot] as string,
    seqOf: (slot) => columns.seqs[slot] as number,
    isDeleted: (slot) => columns.deleted[slot] as boolean,
    isDead: (slot) => columns.dead[slot] as boolean,
    placeOf: (slot) =>
      columns.texts.get(slot) ?? {
        block: columns.blocks[slot] as number,
        part: columns.parts[slot] as number,
        at: columns.places[slot] as number,
      },
    column,
    live: () => slots.values(),
    ordered: (paths) => {
      const values = [...paths, layout.primaryPath].map((path) => column(path) ?? (() => undefined));
      return order(`by ${paths.join()}`, { compare: compareBy(paths), values });
    },
    bySeq: () => {
      const compare = (a: number, b: number) => (columns.seqs[a] as number) - (columns.seqs[b] as number);
      return order('commits', { compare, values: [(slot) => columns.seqs[slot]] });
    },
    deletedUntil(lwt, most) {
      const found: number[] = [];
      for (const slot of slots.values()) {
        if (found.length >= most) break;
        if (columns.deleted[slot] && (columns.lwts[slot] as number) <= lwt) found.push(slot);
      }
      return found;
    },
    inLog: () => [...log],
    loggedCount: () => log.size,
    inBlocks(blocks) {
      const found = new Map([...blocks].map((block) => [block, [] as number[]]));
      for (const slot of slots.values()) found.get(columns.blocks[slot] as number)?.push(slot);
      return found;
    },
    counts,
    clear() {
      slots = new Map();
      log = new Set();
      columns = emptyColumns(layout.keyPaths.length);
      counts.clear();
      orders.clear();
    },
  };
}

interface Columns {
  readonly ids: string[];
  readonly seqs: number[];
  readonly revs: string[];
  readonly lwts: number[];
  readonly deleted: boolean[];
  readonly dead: boolean[];
  /** The block of each text, the part, and its place therein; -1 where it lies in the log. */
  readonly blocks: number[];
  readonly parts: number[];
  readonly places: number[];
  readonly keys: KeyValue[][];
  /** Texts that lie in the log, by slot. */
  readonly texts: Map<number, string>;
}

function emptyColumns(keys: number): Columns {
  return {
    ids: [],
    seqs: [],
    revs: [],
    lwts: [],
    deleted: [],
    dead: [],
    blocks: [],
    parts: [],
    places: [],
    keys: Array.from({ length: keys }, () => []),
    texts: new Map(),
  };
}
