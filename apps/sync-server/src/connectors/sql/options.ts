import { z } from 'zod';

/** What the options of a stream have in common in all databases. */
export interface StreamOptions {
  readonly table: string;
  readonly key: readonly string[];
  readonly columns?: readonly string[] | undefined;
  readonly mode: string;
  readonly stamp?: readonly string[] | undefined;
  readonly children?: Readonly<Record<string, ChildOptions>> | undefined;
  readonly version?: string | undefined;
  readonly touch: boolean;
  readonly ref?: string | undefined;
  readonly mintKey?: string | { readonly max: true } | { readonly sql: string } | undefined;
}

/** What the options of child rows have in common in all databases. */
export interface ChildOptions {
  readonly table: string;
  readonly key: readonly string[];
  readonly foreignKey: readonly string[];
  readonly columns?: readonly string[] | undefined;
  readonly orderBy?: readonly string[] | undefined;
  readonly stamp?: string | undefined;
}

/** Name of a column. */
export const column = z.string().min(1);
/** One column or several; a list behind it. */
export const columnList = z.union([column, z.array(column).min(1)]).transform((given) => [given].flat());
/** A duration. */
export const milliseconds = z.number().int().nonnegative();

/** A table with the schema it is in; `example` is one for the message. */
export function tableName(example: string, of: string) {
  return z.string().regex(/^[^.]+\.[^.]+$/, `write the table with its ${of}, e.g. ${example}`);
}

/** What the entries of child rows have in common, for a schema of Zod. */
export const childFields = {
  /** Columns that are unique among the rows of one parent. */
  key: columnList,
  /** Columns that hold the key of the parent, in the order of its key. */
  foreignKey: columnList,
  /** Columns that are part of the record. Default: all but the foreign key. */
  columns: z.array(column).min(1).optional(),
  /** Columns that order the list. Default: the key. */
  orderBy: columnList.optional(),
  /** Mode `stamp`: column with the time of the last change of the child row. */
  stamp: column.optional(),
};

/** What the entries of streams have in common, for a schema of Zod. */
export const streamFields = {
  /** Columns of a unique key. */
  key: columnList,
  /** Columns that are part of the record. Default: all. */
  columns: z.array(column).min(1).optional(),
  /** Mode `stamp`: the column with the time of the last change; of several the latest counts. */
  stamp: columnList.optional(),
  /** Mode `stamp`: how far back each cycle reads again, for transactions that committed late. */
  overlapMs: milliseconds.default(60_000),
  /** Column that takes the reference of a create, so that it can be found again. */
  ref: column.optional(),
};

/** What the entries of a connection have in common, for a schema of Zod. */
export const connectionFields = {
  /** Records in one page. */
  pageSize: z.number().int().positive().max(10_000).default(500),
  /** Connections at most. */
  connections: z.number().int().positive().default(4),
  /** A statement that takes longer is cancelled. */
  statementTimeoutMs: milliseconds.min(1).default(30_000),
  /** A write that waits longer for a lock is put off. */
  lockTimeoutMs: milliseconds.min(1).default(5_000),
  connectTimeoutMs: milliseconds.min(1).default(10_000),
};

/** Reports what contradicts itself in a key and its child rows. */
export function checkKeyAndChildren(
  stream: Pick<StreamOptions, 'table' | 'key' | 'columns' | 'mintKey'> & {
    readonly children?: Readonly<Record<string, { readonly foreignKey: readonly string[] }>> | undefined;
  },
  complain: (path: string[], message: string) => void,
): void {
  if (stream.key.length > 1 && typeof stream.mintKey === 'object') {
    complain(['mintKey'], 'a key of several columns cannot be minted; let the record bring it');
  }
  for (const [field, child] of Object.entries(stream.children ?? {})) {
    if (child.foreignKey.length !== stream.key.length) {
      complain(['children', field, 'foreignKey'], `needs as many columns as the key of ${stream.table}`);
    }
    if (stream.columns?.includes(field)) complain(['children', field], 'a column of the same name is read too');
  }
}
