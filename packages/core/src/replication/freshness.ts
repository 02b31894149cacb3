import type { KnownStream, KnownSystem } from './systems.ts';

/** How old the data of a datastore is. Times in milliseconds since 1970 by the clock of the device, ages in milliseconds. */
export interface Freshness {
  readonly datastore: string;
  /** Age by the source that is furthest behind; null: not known, e.g. before the first contact with the server. */
  readonly ageMs: number | null;
  /** One for each stream of an external system that feeds the datastore; none where only replicas write it. */
  readonly sources: readonly SourceFreshness[];
}

/** How old the data of one source is here. */
export interface SourceFreshness {
  readonly system: string;
  readonly stream: string;
  /** `current` · `late`: its reading takes longer than it should · `down`, `held` or `unknown` as the system is. */
  readonly state: 'current' | 'late' | 'down' | 'held' | 'unknown';
  /** What was changed over there before this time is here; null: nothing was read yet. */
  readonly asOf: number | null;
  readonly ageMs: number | null;
}

/** What the age of a datastore follows from. Times by the clock of the device. */
export interface FreshnessCase {
  readonly datastore: string;
  readonly systems: readonly KnownSystem[];
  readonly now: number;
  readonly clockAheadMs: number;
  /** Until when the datastore, and what is known of systems, is as the server had it; null: not since it was opened. */
  readonly inTouchAt: number | null;
  readonly systemsInTouchAt: number | null;
}

/**
 * How old a datastore is. A system that is up and not late is read at least every `withinMs`, and the server would have
 * said if it were otherwise: so while there is contact, no news means that the data is as fresh as was promised, and
 * without contact the age grows. Pure.
 */
export function freshnessOf(at: FreshnessCase): Freshness {
  const { datastore, systems, now, inTouchAt } = at;
  const sources = systems.flatMap((system) =>
    system.streams.filter((stream) => stream.datastore === datastore).map((stream) => sourceOf(at, system, stream)),
  );
  const own = inTouchAt === null ? null : Math.max(0, now - inTouchAt);
  if (sources.length === 0) return { datastore, ageMs: own, sources };
  const ages = sources.map(({ ageMs }) => ageMs);
  return { datastore, ageMs: ages.includes(null) ? null : Math.max(own ?? 0, ...(ages as number[])), sources };
}

function sourceOf(at: FreshnessCase, system: KnownSystem, stream: KnownStream): SourceFreshness {
  const asOf = asOfHere(at, system, stream);
  return {
    system: system.system,
    stream: stream.stream,
    state: system.state !== 'up' ? system.state : stream.late ? 'late' : 'current',
    asOf,
    ageMs: asOf === null ? null : Math.max(0, at.now - asOf),
  };
}

function asOfHere(at: FreshnessCase, { state }: KnownSystem, { asOf, late, withinMs }: KnownStream): number | null {
  if (asOf === undefined) return null;
  const said = asOf - at.clockAheadMs;
  const isPromised = state === 'up' && !late && withinMs !== undefined && at.systemsInTouchAt !== null;
  const promised = isPromised ? (at.systemsInTouchAt as number) - (withinMs as number) : said;
  return Math.min(Math.max(said, promised), at.inTouchAt ?? Number.POSITIVE_INFINITY, at.now);
}
