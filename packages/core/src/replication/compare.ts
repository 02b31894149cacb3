import type { DigestRequest, DigestResponse, Digests } from '../protocol/digest.ts';
import { DIGEST_LENGTH, ID_DIGEST_LENGTH, MAX_DIGEST_RANGES } from '../protocol/digest-limits.ts';
import { type DigestEntry, LONGEST_RANGE } from '../protocol/digest-table.ts';
import { readDigests } from '../protocol/document-digest.ts';
import type { Holdings } from './holdings.ts';

/** How two sides differ, by the digests of ids. */
export interface Differences {
  /** Held, in another state than the server's. */
  readonly changed: readonly number[];
  /** On the server only. */
  readonly missing: readonly number[];
  /** Ids of what is held only. */
  readonly extra: readonly string[];
}

/** A question for digests or documents. */
export type Question = Partial<Pick<DigestRequest, 'split' | 'list' | 'wanted' | 'doubted'>>;

/** Puts a question to the server, for one datastore at one position. */
export type Ask = (question: Question) => Promise<DigestResponse>;

/** A range with so few documents here is listed: its sixteen sums would be longer. */
const LISTED_UP_TO = 8;

/**
 * Finds what differs, by the sums of ever smaller ranges of ids: what is equal costs one sum, a single difference among
 * 100,000 documents some kilobytes. Returns the server's answer where it does not compare, but wants something else.
 */
export async function compare(
  ask: Ask,
  holdings: Holdings,
): Promise<Differences | Exclude<DigestResponse, { readonly kind: 'digests' }>> {
  const found = { changed: [] as number[], missing: [] as number[], extra: [] as string[] };
  const open = { split: [''], list: [] as string[] };
  while (open.split.length + open.list.length > 0) {
    const question = {
      split: open.split.splice(0, MAX_DIGEST_RANGES),
      list: open.list.splice(0, MAX_DIGEST_RANGES),
    };
    const answer = await ask(question);
    if (answer.kind !== 'digests') return answer;
    const without = new Set(readDigests(answer.changed, ID_DIGEST_LENGTH));
    for (const [at, range] of question.split.entries()) {
      for (const part of differingParts(holdings, { range, sums: answer.split[at] ?? '', without })) {
        const isSmall = part.length === LONGEST_RANGE || holdings.table.list(part, without, LISTED_UP_TO) !== null;
        open[isSmall ? 'list' : 'split'].push(part);
      }
    }
    for (const [at, range] of question.list.entries()) {
      const list = answer.list[at] ?? null;
      if (list !== null) tellApart(found, holdings, { range, list, without });
      else if (range.length < LONGEST_RANGE) open.split.push(range);
    }
  }
  return found;
}

interface Part {
  readonly range: string;
  readonly without: ReadonlySet<number>;
}

function differingParts({ table }: Holdings, { range, sums, without }: Part & { readonly sums: string }): string[] {
  const there = readDigests(sums, DIGEST_LENGTH);
  const here = table.split(range, without);
  return here.flatMap((sum, at) => (sum === there[at] ? [] : [range + at.toString(16)]));
}

function tellApart(
  found: { readonly changed: number[]; readonly missing: number[]; readonly extra: string[] },
  { table, ids, unclear }: Holdings,
  { range, list, without }: Part & { readonly list: NonNullable<Digests['list'][number]> },
): void {
  const there = new Map<number, number[]>();
  for (const { id, digest } of entriesIn(list)) there.set(id, [...(there.get(id) ?? []), digest]);
  const here = table.list(range, without, Number.POSITIVE_INFINITY) ?? [];
  for (const { id, digest, place } of here) {
    const states = there.get(id);
    there.delete(id);
    if (unclear.has(id) || states?.includes(digest)) continue;
    if (states === undefined) found.extra.push(ids[place] as string);
    else found.changed.push(id);
  }
  for (const id of there.keys()) if (!unclear.has(id)) found.missing.push(id);
}

function entriesIn(list: string): readonly Omit<DigestEntry, 'place'>[] {
  const length = ID_DIGEST_LENGTH + DIGEST_LENGTH;
  return Array.from({ length: Math.floor(list.length / length) }, (_, at) => {
    const entry = list.slice(at * length, (at + 1) * length);
    const [id] = readDigests(entry.slice(0, ID_DIGEST_LENGTH), ID_DIGEST_LENGTH);
    const [digest] = readDigests(entry.slice(ID_DIGEST_LENGTH), DIGEST_LENGTH);
    return { id: id as number, digest: digest as number };
  });
}
