import type { BulkWriteRow, MangoQuery, RxStorage } from 'rxdb';
import { type Deviation, deviationsOf } from './deviations.ts';
import type { AnyDocument, RandomSchema } from './random-schema.ts';
import {
  type Answer,
  answerOf,
  openTwoStorages,
  prepared,
  referenceOf,
  type StoredDocument,
  type TwoStorages,
} from './two-storages.ts';

/** One comparison. */
export interface Case {
  /** The storage that is compared with RxDB's memory storage. */
  readonly storage: RxStorage<unknown, unknown>;
  readonly random: RandomSchema;
  readonly documents: readonly StoredDocument[];
  readonly query: MangoQuery<AnyDocument>;
}

/** What came out of it: agreement, a known deviation of the memory storage, or a fault. */
export type Verdict =
  | { readonly is: 'agreed' | 'agreed on nothing' | 'refused' }
  | { readonly is: 'deviated'; readonly deviations: ReadonlySet<Deviation> }
  | { readonly is: 'fault'; readonly ours: Answer; readonly memory: Answer };

/** Compares the answers of both storages, which hold the documents already. */
export async function compare(storages: TwoStorages, { random, documents, query }: Case): Promise<Verdict> {
  const { skip: _, limit: __, ...rest } = query;
  const [given, uncut] = [prepared(random, query), prepared(random, rest)];
  if (given === null || uncut === null) return { is: 'refused' };
  const [ours, memory] = [await answerOf(storages.ours, given, uncut), await answerOf(storages.memory, given, uncut)];
  if (same(ours, memory)) {
    if (typeof ours.documents === 'string') return { is: 'refused' };
    return { is: ours.documents.length > 0 ? 'agreed' : 'agreed on nothing' };
  }
  const deviations = new Set([...deviationsOf(random, documents, given), ...deviationsOf(random, documents, uncut)]);
  const right = same(ours, await referenceOf(random, documents, given));
  return right && deviations.size > 0 ? { is: 'deviated', deviations } : { is: 'fault', ours, memory };
}

/** Two storages need not agree on the words of a refusal. */
function same(one: Answer, other: Answer): boolean {
  const [left, right] = [one, other].map(({ documents, count }) =>
    [documents, count].map((part) => (typeof part === 'string' ? 'refused' : part)),
  );
  return JSON.stringify(left) === JSON.stringify(right);
}

/** Takes away documents and parts of the query as long as the storages still disagree, and tells what is left. */
export async function minimalCase(fault: Case): Promise<string> {
  const kind = kindOf(await verdictOf(fault));
  let smallest = fault;
  for (let smaller: Case | null = fault; smaller !== null; ) {
    smallest = smaller;
    smaller = null;
    for (const candidate of candidates(smallest)) {
      if (kindOf(await verdictOf(candidate)) !== kind) continue;
      smaller = candidate;
      break;
    }
  }
  const verdict = await verdictOf(smallest);
  const { random, documents, query } = smallest;
  const fields = random.fields.map(({ path, type, bounds }) => [path, type, ...(bounds ? [bounds] : [])]);
  return Object.entries({ query, documents, verdict, indexes: random.schema.indexes, fields })
    .map(([name, value]) => `\n${name}: ${JSON.stringify(value)}`)
    .join('');
}

/** Which of the storages refuses what: on the way to a smaller case that must not change. */
function kindOf(verdict: Verdict): string {
  if (verdict.is !== 'fault') return verdict.is;
  return [verdict.ours, verdict.memory].flatMap(({ documents, count }) => [typeof documents, typeof count]).join();
}

/** The verdict over a case in fresh tables. */
async function verdictOf(one: Case): Promise<Verdict> {
  await using storages = await openTwoStorages(one.storage, one.random);
  await storages.write(one.documents.map((document): BulkWriteRow<AnyDocument> => ({ document })));
  return await compare(storages, one);
}

function* candidates(one: Case): Generator<Case> {
  for (const without of one.documents) {
    yield { ...one, documents: one.documents.filter((document) => document !== without) };
  }
  for (const query of withoutOnePart(one.query)) yield { ...one, query: query as MangoQuery<AnyDocument> };
}

/** Every copy of a value that lacks one entry at one place. */
function* withoutOnePart(value: unknown): Generator<unknown> {
  if (value === null || typeof value !== 'object') return;
  const entries = Object.entries(value);
  const rebuilt = (list: [string, unknown][]) =>
    Array.isArray(value) ? list.map(([, part]) => part) : Object.fromEntries(list);
  for (const [at, [key, part]] of entries.entries()) {
    yield rebuilt(entries.filter((_, other) => other !== at));
    for (const smaller of withoutOnePart(part)) {
      yield rebuilt(entries.map((entry, other) => (other === at ? [key, smaller] : entry)));
    }
  }
}
