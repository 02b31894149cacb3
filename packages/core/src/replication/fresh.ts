import {
  distinctUntilChanged,
  endWith,
  ignoreElements,
  map,
  merge,
  type Observable,
  of,
  switchMap,
  takeUntil,
  timer,
} from 'rxjs';
import { DatastoreError } from '../errors.ts';
import type { Freshness } from './freshness.ts';

/** The result of a query together with the age of the data. */
export interface FreshResult<Result> {
  /** What the query gives: documents, one document or a number. */
  readonly result: Result;
  /** True if the data is older than was asked for, or nobody knows how old it is. The result is there all the same. */
  readonly tooOld: boolean;
  readonly freshness: Freshness;
}

/** A query of RxDB: `find`, `findOne`, `findByIds` or `count` of one of the datastores. */
export interface AgedQuery<Result> {
  readonly collection: { readonly name: string };
  readonly $: Observable<Result>;
  exec(): Promise<unknown>;
}

/** How old data may be. */
export interface MaxAge {
  /** Milliseconds. */
  readonly maxAgeMs: number;
}

/** Tells the age of data. */
export interface AgeSource {
  readonly freshness: (datastore: string) => Freshness;
  /** Emits when something is known that makes data younger or older than time alone does. */
  readonly changed$: Observable<unknown>;
}

/** How often the age is looked at that can only fall by news, or whose news is not told. */
const LOOK_AGAIN_MS = 1_000;

/** Runs a query and says whether its data is too old. Throws OPTION_INVALID for an age that is none. */
export async function fresh<Result>(
  { freshness }: AgeSource,
  query: AgedQuery<Result>,
  { maxAgeMs }: MaxAge,
): Promise<FreshResult<Result>> {
  assertAge(maxAgeMs);
  const result = (await query.exec()) as Result;
  return judged(result, freshness(query.collection.name), maxAgeMs);
}

/** The same for every result of the query, and again at the moment at which the data becomes too old, or fresh enough again. */
export function fresh$<Result>(
  source: AgeSource,
  query: AgedQuery<Result>,
  { maxAgeMs }: MaxAge,
): Observable<FreshResult<Result>> {
  assertAge(maxAgeMs);
  const datastore = query.collection.name;
  const ages$ = freshness$(source, datastore, ({ ageMs }) =>
    ageMs === null || ageMs > maxAgeMs ? LOOK_AGAIN_MS : Math.max(1, maxAgeMs - ageMs + 1),
  );
  return query.$.pipe(
    switchMap((result) =>
      ages$.pipe(
        map((age) => judged(result, age, maxAgeMs)),
        distinctUntilChanged((a, b) => a.tooOld === b.tooOld),
      ),
    ),
  );
}

/** The age of a datastore now, when it changes, and again after as long as `nextMs` says. */
export function freshness$(
  { freshness, changed$ }: AgeSource,
  datastore: string,
  nextMs: (freshness: Freshness) => number = () => LOOK_AGAIN_MS,
): Observable<Freshness> {
  const again = (): Observable<Freshness> => {
    const now = freshness(datastore);
    return merge(of(now), timer(Math.min(nextMs(now), LONGEST_MS)).pipe(switchMap(again)));
  };
  const closed$ = changed$.pipe(ignoreElements(), endWith(null));
  return merge(of(null), changed$).pipe(switchMap(again), takeUntil(closed$));
}

/** Longest time of a timer of the platform. */
const LONGEST_MS = 2 ** 31 - 1;

function judged<Result>(result: Result, freshness: Freshness, maxAgeMs: number): FreshResult<Result> {
  const { ageMs } = freshness;
  return { result, tooOld: ageMs === null || ageMs > maxAgeMs, freshness };
}

function assertAge(maxAgeMs: number): void {
  if (typeof maxAgeMs === 'number' && maxAgeMs >= 0) return;
  throw new DatastoreError('OPTION_INVALID', `"maxAgeMs" is ${maxAgeMs}, not a number of milliseconds from 0.`);
}
