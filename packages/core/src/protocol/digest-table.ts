import { addDigests, ID_DIGESTS, subtractDigest } from './document-digest.ts';

/** A document in a table of digests. */
export interface DigestEntry {
  /** Digest of its id. */
  readonly id: number;
  readonly digest: number;
  /** Whatever the owner of the table finds it by. */
  readonly place: number;
}

/** The digests of many documents, by the digests of their ids, in 24 bytes each and ready to be summed up by ranges. */
export interface DigestTable {
  readonly size: () => number;
  readonly get: (id: number) => DigestEntry | undefined;
  readonly set: (entry: DigestEntry) => void;
  readonly delete: (id: number) => void;
  /** The sums of the sixteen parts of a range, without these documents. */
  readonly split: (range: string, without: ReadonlySet<number>) => number[];
  /** The documents of a range, but these; null where it holds more than `most`. */
  readonly list: (range: string, without: ReadonlySet<number>, most: number) => readonly DigestEntry[] | null;
}

/** Hexadecimal digits that tell the buckets apart. */
const DIGITS = 3;
const BUCKETS = 16 ** DIGITS;
const IDS_OF_BUCKET = ID_DIGESTS / BUCKETS;

interface Bucket {
  readonly ids: number[];
  readonly digests: number[];
  readonly places: number[];
  sum: number;
}

/** An empty table. */
export function createDigestTable(): DigestTable {
  const buckets: (Bucket | undefined)[] = Array.from({ length: BUCKETS });
  let size = 0;

  const bucketOf = (id: number) => buckets[Math.floor(id / IDS_OF_BUCKET)];

  function get(id: number): DigestEntry | undefined {
    const bucket = bucketOf(id);
    const at = bucket === undefined ? -1 : bucket.ids.indexOf(id);
    return bucket === undefined || at < 0 ? undefined : entryAt(bucket, at);
  }

  function remove(id: number): void {
    const bucket = bucketOf(id);
    const at = bucket === undefined ? -1 : bucket.ids.indexOf(id);
    if (bucket === undefined || at < 0) return;
    bucket.sum = subtractDigest(bucket.sum, bucket.digests[at] as number);
    for (const column of [bucket.ids, bucket.digests, bucket.places]) {
      const last = column.pop() as number;
      if (at < column.length) column[at] = last;
    }
    size -= 1;
  }

  function sumOf(from: number, to: number): number {
    let sum = 0;
    for (let at = from; at < to; at += 1) sum = addDigests(sum, buckets[at]?.sum ?? 0);
    return sum;
  }

  function* within(range: string): Generator<DigestEntry> {
    const { first, end } = bounds(range);
    const last = Math.ceil(end / IDS_OF_BUCKET);
    for (let at = Math.floor(first / IDS_OF_BUCKET); at < last; at += 1) {
      const bucket = buckets[at];
      if (bucket === undefined) continue;
      for (let index = 0; index < bucket.ids.length; index += 1) {
        const id = bucket.ids[index] as number;
        if (id >= first && id < end) yield entryAt(bucket, index);
      }
    }
  }

  return {
    size: () => size,
    get,
    set({ id, digest, place }) {
      remove(id);
      const at = Math.floor(id / IDS_OF_BUCKET);
      const bucket = buckets[at] ?? { ids: [], digests: [], places: [], sum: 0 };
      buckets[at] = bucket;
      bucket.ids.push(id);
      bucket.digests.push(digest);
      bucket.places.push(place);
      bucket.sum = addDigests(bucket.sum, digest);
      size += 1;
    },
    delete: remove,
    split(range, without) {
      const { first, end } = bounds(range);
      const width = (end - first) / 16;
      const partOf = (id: number) => Math.floor((id - first) / width);
      const parts: number[] = Array.from({ length: 16 }, () => 0);
      if (width >= IDS_OF_BUCKET) {
        const step = width / IDS_OF_BUCKET;
        const start = first / IDS_OF_BUCKET;
        for (let part = 0; part < 16; part += 1) parts[part] = sumOf(start + part * step, start + (part + 1) * step);
      } else {
        for (const { id, digest } of within(range)) parts[partOf(id)] = addDigests(parts[partOf(id)] as number, digest);
      }
      for (const id of without) {
        const entry = id >= first && id < end ? get(id) : undefined;
        if (entry !== undefined) parts[partOf(id)] = subtractDigest(parts[partOf(id)] as number, entry.digest);
      }
      return parts;
    },
    list(range, without, most) {
      const entries: DigestEntry[] = [];
      for (const entry of within(range)) {
        if (without.has(entry.id)) continue;
        if (entries.length === most) return null;
        entries.push(entry);
      }
      return entries;
    },
  };
}

/** Longest range: all digits of an id's digest. It holds one id, and cannot be split. */
export const LONGEST_RANGE = 12;

/** The digests of ids in a range: the first, and the one behind the last. */
function bounds(range: string): { readonly first: number; readonly end: number } {
  const width = ID_DIGESTS / 16 ** range.length;
  const first = range === '' ? 0 : Number.parseInt(range, 16) * width;
  return { first, end: first + width };
}

function entryAt({ ids, digests, places }: Bucket, at: number): DigestEntry {
  return { id: ids[at] as number, digest: digests[at] as number, place: places[at] as number };
}
