import type { JsonValue } from '@datastores/core/schema';

/** What a comparison of a stream with its documents found. Times in milliseconds since 1970. */
export interface Comparison {
  /** False: it only looked. */
  readonly repairs: boolean;
  /** Whether it read every record, or asked the system for digests and read what differed. */
  readonly way: 'scan' | 'digest';
  readonly startedAt: number;
  /** Null while it is under way. */
  readonly endedAt: number | null;
  readonly counts: Counts;
  /** How often each field was different. */
  readonly fields: Readonly<Record<string, number>>;
  /** The first of each kind. */
  readonly examples: readonly Drift[];
  /** True if more was missing than is deleted or created without asking; `notes` say what. */
  readonly braked: boolean;
  /** What a person should know of how it went. */
  readonly notes: readonly string[];
  readonly cost: Cost;
}

/** Keys and documents by what was found. */
export interface Counts {
  readonly same: number;
  readonly different: number;
  /** Records whose document is not here. */
  readonly missingHere: number;
  /** Documents whose record is not there, which a point read has proven. */
  readonly missingThere: number;
  /** Differences that are already on their way, or held by a dead letter, or set aside. Nothing is done about them. */
  readonly pending: number;
  /** What changed while it was looked at. The ordinary way brings it. */
  readonly moved: number;
}

/** What it took. */
export interface Cost {
  /** Calls to the system. */
  readonly calls: number;
  readonly records: number;
  /** Length of the records as JSON, and of the digests. */
  readonly bytes: number;
  /** Ranges of keys whose digests were asked for, and digests of single records that came. */
  readonly ranges: number;
  readonly digests: number;
}

/** What is not the same. */
export interface Drift {
  readonly is: 'different' | 'missing-here' | 'missing-there' | 'pending' | 'moved';
  /** Key of the record; null: there is none. */
  readonly key: string | null;
  /** Id of the document; null: there is none. */
  readonly id: string | null;
  readonly fields: readonly FieldDrift[];
  /** Which way a repair goes; none: a person has to decide, or it needs none. */
  readonly repair: Repair;
  /** Why nothing is done about it, where nothing is. */
  readonly reason?: string;
}

/** `pull`: towards the document · `push`: towards the record · `merge`: both, by the rule of the field. */
export type Repair = 'pull' | 'push' | 'merge' | 'none';

/** A field that is not the same. Empty values are null; long ones are cut. */
export interface FieldDrift {
  readonly field: string;
  readonly here: JsonValue;
  readonly there: JsonValue;
  readonly repair: Repair;
}

/** Most examples of each kind, and fields of each. */
const MOST_EXAMPLES = 10;
const MOST_FIELDS = 10;
const MOST_NOTES = 10;
const MOST_LENGTH = 200;

/** Collects what a comparison finds. */
export interface Tally {
  readonly same: (count: number) => void;
  /** One such find, or `times` that are like it. */
  readonly add: (drift: Drift, times?: number) => void;
  /** Adds a remark, once. */
  readonly note: (text: string) => void;
  /** Adds a remark that a person has to decide about. */
  readonly brake: (text: string) => void;
  readonly spend: (cost: Partial<Cost>) => void;
  /** As it stands. */
  readonly comparison: () => Comparison;
}

/** A comparison that has found nothing yet. */
export function newComparison(begun: Pick<Comparison, 'repairs' | 'way' | 'startedAt'>): Comparison {
  const counts = { same: 0, different: 0, missingHere: 0, missingThere: 0, pending: 0, moved: 0 };
  const cost = { calls: 0, records: 0, bytes: 0, ranges: 0, digests: 0 };
  return { ...begun, endedAt: null, counts, fields: {}, examples: [], braked: false, notes: [], cost };
}

/** Goes on counting where a comparison stopped. */
export function createTally(from: Comparison): Tally {
  const counts: { -readonly [K in keyof Counts]: number } = { ...from.counts };
  const cost: { -readonly [K in keyof Cost]: number } = { ...from.cost };
  const fields = new Map(Object.entries(from.fields));
  const examples = [...from.examples];
  const notes = [...from.notes];
  let { braked } = from;
  const note = (text: string) => {
    if (notes.length < MOST_NOTES && !notes.includes(text)) notes.push(text);
  };
  return {
    same: (count) => {
      counts.same += count;
    },
    add: (drift, times = 1) => {
      counts[COUNTED[drift.is]] += times;
      if (drift.is === 'different') {
        for (const { field } of drift.fields) fields.set(field, (fields.get(field) ?? 0) + times);
      }
      if (examples.filter(({ is }) => is === drift.is).length < MOST_EXAMPLES) examples.push(shortened(drift));
    },
    note,
    brake: (text) => {
      braked = true;
      note(text);
    },
    spend: (more) => {
      for (const key of Object.keys(more) as (keyof Cost)[]) cost[key] += more[key] ?? 0;
    },
    comparison: () => ({
      ...from,
      counts: { ...counts },
      fields: Object.fromEntries(fields),
      examples: [...examples],
      braked,
      notes: [...notes],
      cost: { ...cost },
    }),
  };
}

const COUNTED: Readonly<Record<Drift['is'], Exclude<keyof Counts, 'same'>>> = {
  different: 'different',
  'missing-here': 'missingHere',
  'missing-there': 'missingThere',
  pending: 'pending',
  moved: 'moved',
};

function shortened(drift: Drift): Drift {
  const fields = drift.fields
    .slice(0, MOST_FIELDS)
    .map((one) => ({ ...one, here: shortValue(one.here), there: shortValue(one.there) }));
  return { ...drift, fields };
}

function shortValue(value: JsonValue): JsonValue {
  const text = JSON.stringify(value);
  return text.length > MOST_LENGTH ? `${text.slice(0, MOST_LENGTH)}…` : value;
}
