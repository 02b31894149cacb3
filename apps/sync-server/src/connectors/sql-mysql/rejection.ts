import type { Attempt, Rejected } from '../sql/dialect.ts';
import type { Prepared } from '../sql/prepare-record.ts';
import type { Query } from '../sql/session.ts';
import type { Shape } from '../sql/shape.ts';
import { columnsOfIndex, conditionOf } from './catalog.ts';
import { isAnswer } from './failure.ts';

/** Why the database refused a write, with the field to blame where it can be found, in plain words. */
export async function explainRefusal(query: Query, shape: Shape, error: Error): Promise<Rejected> {
  const [what, tables] = [
    PLAIN[isAnswer(error) ? error.errno : 0],
    [shape, ...shape.children].map(({ table }) => table.name),
  ];
  let found: readonly [table: string, columns: readonly string[]] = [shape.options.table, []];
  for (const table of tables) {
    const columns = await blamed(query, { shape, table, message: error.message });
    if (columns.length === 0) continue;
    found = [table, columns];
    break;
  }
  const field = fieldOf(shape, ...found);
  const reason = what ? `${what(found[1].join(' + ') || 'a value', found[0])}: ` : '';
  return { is: 'rejected', reason: `${reason}${error.message}.`, ...(field && { field }) };
}

/** MySQL names the column, or the expression that it is in. */
export async function explainBadValue(_attempt: Attempt, prepared: Prepared, error: Error): Promise<Rejected> {
  const fields = [...prepared.fields, ...prepared.children.flatMap(({ rows }) => rows.flatMap((row) => row.fields))];
  const found = fields.find(({ column }) => names(error.message, column.column));
  if (!found) return { is: 'rejected', reason: `A value does not fit: ${error.message}.` };
  return {
    is: 'rejected',
    reason: `${found.field} must be ${found.column.name}: ${error.message}.`,
    field: found.field,
  };
}

/** Whether the value that did not fit may be that of a key: a text beyond its character set, or a day that no month has. */
export function mayBeKey(error: Error): boolean {
  return isAnswer(error) && [1267, 1292, 1525].includes(error.errno);
}

/** Whether a create failed because its key is taken. */
export function isKeyTaken(error: Error, shape: Shape): boolean {
  if (!isAnswer(error) || error.errno !== DUPLICATE) return false;
  const index = indexOf(error.message);
  return index === 'PRIMARY' || index === shape.options.key[0];
}

interface Blame {
  readonly shape: Shape;
  readonly table: string;
  readonly message: string;
}

async function blamed(query: Query, { shape, table, message }: Blame): Promise<readonly string[]> {
  const of = [shape, ...shape.children].find((one) => one.table.name === table)?.table;
  const known = [...(of?.columns.keys() ?? [])];
  const quoted = /`[^`]*`\.`([^`]*)`/.exec(message);
  if (quoted && !message.includes('FOREIGN KEY') && quoted[1] !== table.split('.')[1]) return [];
  const index = indexOf(message);
  if (index !== null) return columnsOfIndex(query, table, index);
  const foreign = /FOREIGN KEY \(([^)]*)\)/.exec(message);
  if (foreign) return known.filter((column) => names(String(foreign[1]), column));
  const constraint = /^CONSTRAINT `([^`]*)` failed|^Check constraint '([^']*)'/.exec(message);
  if (constraint) {
    const name = String(constraint[1] ?? constraint[2]).replace(/^.*\./, '');
    if (known.includes(name)) return [name];
    const condition = await conditionOf(query, table, name);
    return condition === null ? [] : known.filter((column) => names(condition, column));
  }
  return known.filter((column) => names(message, column));
}

/** The index that a value is in already. */
function indexOf(message: string): string | null {
  const found = /^Duplicate entry .* for key '(?:[^']*\.)?([^'.]*)'/s.exec(message);
  return found ? String(found[1]) : null;
}

/** Whether a text has this name between quotes of any kind. */
function names(text: string, column: string): boolean {
  return ['`', "'", '"'].some((quote) => text.includes(`${quote}${column}${quote}`));
}

function fieldOf(shape: Shape, table: string, columns: readonly string[]): string | undefined {
  const [column] = columns.filter((name) => !shape.options.key.includes(name)).concat(columns);
  if (table === shape.options.table) return column;
  const child = shape.children.find((candidate) => candidate.options.table === table);
  if (!child) return undefined;
  return column && !child.options.foreignKey.includes(column) ? `${child.field}.${column}` : child.field;
}

const DUPLICATE = 1062;

type Say = (columns: string, table: string) => string;

const mustHave: Say = (columns, table) => `${columns} of ${table} must have a value`;
const refers: Say = (columns, table) =>
  `${columns} of ${table} refers to a row that is not there, or a row still refers to this one`;
const breaks: Say = (columns, table) => `${columns} of ${table} breaks a rule`;

const PLAIN: Readonly<Record<number, Say>> = {
  1048: mustHave,
  1364: mustHave,
  [DUPLICATE]: (columns, table) => `${columns} of ${table} must be unique and is taken`,
  1216: refers,
  1217: refers,
  1451: refers,
  1452: refers,
  3819: breaks,
  4025: breaks,
};
