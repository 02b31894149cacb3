/** What a value of a column is, whatever its length or precision. */
export type Kind =
  | 'boolean'
  | 'whole'
  | 'decimal'
  | 'float'
  | 'bit'
  | 'date'
  | 'datetime'
  | 'timestamp'
  | 'time'
  | 'json'
  | 'bytes'
  | 'enum'
  | 'set'
  | 'shape'
  | 'text';

/** The kind of a column by its type as MySQL writes it, e.g. `int(11) unsigned`. */
export function kindOf({ name }: { readonly name: string }): Kind {
  const known = KNOWN.get(name);
  if (known) return known;
  const isFlag = name === 'tinyint(1)' || name === 'bit(1)';
  const [word = ''] = /^[a-z]+/.exec(name) ?? [];
  const kind = isFlag ? 'boolean' : (KINDS[word] ?? 'text');
  KNOWN.set(name, kind);
  return kind;
}

/** The texts that a column of type enum or set can have. */
export function membersOf({ name }: { readonly name: string }): string[] {
  return [...name.matchAll(/'((?:[^']|'')*)'/g)].map(([, text = '']) => text.replaceAll("''", "'"));
}

/** Asked for every value that is read. */
const KNOWN = new Map<string, Kind>();

const KINDS: Readonly<Record<string, Kind>> = {
  tinyint: 'whole',
  smallint: 'whole',
  mediumint: 'whole',
  int: 'whole',
  bigint: 'whole',
  year: 'whole',
  decimal: 'decimal',
  float: 'float',
  double: 'float',
  bit: 'bit',
  date: 'date',
  datetime: 'datetime',
  timestamp: 'timestamp',
  time: 'time',
  json: 'json',
  binary: 'bytes',
  varbinary: 'bytes',
  tinyblob: 'bytes',
  blob: 'bytes',
  mediumblob: 'bytes',
  longblob: 'bytes',
  enum: 'enum',
  set: 'set',
  geometry: 'shape',
  point: 'shape',
  linestring: 'shape',
  polygon: 'shape',
  multipoint: 'shape',
  multilinestring: 'shape',
  multipolygon: 'shape',
  geometrycollection: 'shape',
  geomcollection: 'shape',
};
