import { shapeError } from '../../sql/shape.ts';
import { cursorLost } from './cursor.ts';
import { type PgoutputMessage, type Tuple, UNSENT } from './pgoutput.ts';
import { readMark } from './write-mark.ts';

/** A table whose rows belong to records of a stream. */
export interface Source {
  /** Quoted, for messages. */
  readonly name: string;
  /** Child rows name their record by a foreign key; null: the rows are the records. */
  readonly child: number | null;
  /** Columns with the key of the record. */
  readonly columns: readonly string[];
}

/** A row that changed: the key of its record, as the texts of columns. */
export interface ChangedRow {
  readonly source: Source;
  readonly texts: readonly string[];
  /** Number of the change among those of its transaction that concern the stream, from 0 on. */
  readonly number: number;
  readonly transaction: ChangedTransaction;
}

/** What rows of one transaction have in common. */
export interface ChangedTransaction {
  /** Its number, without epoch. */
  readonly xid: number;
  /** Where its commit begins. */
  readonly commit: bigint;
  /** Where its commit ends; null: it was not read to its end. */
  end: bigint | null;
  /** Of the rows. */
  count: number;
  /** Keys that we said to have written, and how many changes came before we said so. */
  readonly marks: { readonly before: number; readonly keys: ReadonlySet<string> }[];
}

/** What is collected from a slot, and from where on. */
export interface CollectOptions {
  readonly stream: string;
  readonly slot: string;
  readonly sources: ReadonlyMap<number, Source>;
  /** Transactions whose commit begins before are done. */
  readonly from: bigint;
  /** Of the transaction that commits there, so many changes are done. */
  readonly at: { readonly commit: bigint; readonly skip: number } | null;
  /** Collect so many rows at most, also within a transaction. */
  readonly most: number;
}

/** Collects the changed rows of a stream from the messages of its slot. */
export interface Collector {
  readonly rows: readonly ChangedRow[];
  /** Nothing more is taken. */
  readonly full: boolean;
  /** Where the last complete transaction ends; null: there was none. */
  readonly end: bigint | null;
  /** Throws SystemError: `cursor-lost` where the log does not say which records changed, `shape` where it cannot. */
  take(message: PgoutputMessage): void;
}

/** Begins to collect. */
export function createCollector(options: CollectOptions): Collector {
  const { sources, stream, slot, from, at, most } = options;
  const rows: ChangedRow[] = [];
  const columns = new Map<number, readonly string[]>();
  let current: ChangedTransaction | null = null;
  let end: bigint | null = null;
  let last = '';

  const add = (transaction: ChangedTransaction, source: Source, texts: readonly string[]) => {
    const name = JSON.stringify([source.child, texts]);
    // An update that logs the whole row names the same record twice.
    if (name === last) return;
    last = name;
    const number = transaction.count;
    transaction.count += 1;
    const done = transaction.commit === at?.commit && number < at.skip;
    if (!done) rows.push({ source, texts, number, transaction });
  };
  const takeRow = (transaction: ChangedTransaction, row: Extract<PgoutputMessage, { is: 'row' }>) => {
    const source = sources.get(row.oid);
    if (source === undefined) return;
    const places = placesOf(stream, source, columns.get(row.oid) ?? []);
    const { before, after } = row;
    if (before !== null) addKey(transaction, source, textsOf(places, before, null));
    if (after !== null) addKey(transaction, source, textsOf(places, after, before));
  };
  const addKey = (transaction: ChangedTransaction, source: Source, texts: readonly string[] | null | typeof UNSENT) => {
    if (texts === UNSENT) throw cursorLost(`The log of ${source.name} does not hold the key of a changed row.`);
    if (texts !== null) add(transaction, source, texts);
  };

  return {
    rows,
    get full() {
      return rows.length >= most;
    },
    get end() {
      return end;
    },
    take(message) {
      if (message.is === 'begin') {
        const { commit, xid } = message;
        current = commit < from ? null : { xid, commit, end: null, count: 0, marks: [] };
        last = '';
      } else if (message.is === 'relation') columns.set(message.oid, message.columns);
      else if (current === null) return;
      else if (message.is === 'row') takeRow(current, message);
      else if (message.is === 'message') {
        const keys = readMark(message, slot);
        if (keys !== null) current.marks.push({ before: current.count, keys });
        last = '';
      } else if (message.is === 'truncate') {
        const emptied = message.oids.map((oid) => sources.get(oid)).find((source) => source !== undefined);
        if (emptied) throw cursorLost(`${emptied.name} was truncated.`);
      } else if (message.is === 'commit') {
        current.end = message.end;
        end = message.end;
        current = null;
      }
    },
  };
}

function placesOf(stream: string, source: Source, columns: readonly string[]): readonly number[] {
  return source.columns.map((name) => {
    const place = columns.indexOf(name);
    if (place >= 0) return place;
    throw shapeError(
      stream,
      `The publication leaves out ${name} of ${source.name}; publish the table with all columns.`,
    );
  });
}

/** Null: a child row that belongs to no record. */
function textsOf(
  places: readonly number[],
  tuple: Tuple,
  other: Tuple | null,
): readonly string[] | null | typeof UNSENT {
  const values = places.map((place) => {
    const value = tuple[place] ?? null;
    return value === UNSENT ? (other?.[place] ?? UNSENT) : value;
  });
  if (values.includes(UNSENT)) return UNSENT;
  if (values.includes(null)) return null;
  return values.map(String);
}
