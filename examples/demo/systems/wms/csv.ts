/** A line of values by column. Null: said to be empty; a column that is absent: not said. */
export type CsvRow = Readonly<Record<string, string | null>>;

/** Lines with semicolons, the first with the names of the columns. `NULL` is an empty value, an empty cell says nothing. */
export function writeCsv(columns: readonly string[], rows: readonly CsvRow[]): string {
  const line = (cells: readonly string[]) => `${cells.join(';')}\r\n`;
  const cell = (value: string | null | undefined) =>
    value === undefined ? '' : value === null ? 'NULL' : quoted(value);
  return line(columns) + rows.map((row) => line(columns.map((column) => cell(row[column])))).join('');
}

/** Reads what {@link writeCsv} writes, whoever wrote it. Throws SyntaxError for a quote that is never closed. */
export function readCsv(text: string): readonly CsvRow[] {
  const [names = [], ...lines] = linesOf(text);
  return lines.map((cells) => {
    const row = names.flatMap(({ text: name }, at): [string, string | null][] => {
      const cell = cells[at];
      if (cell === undefined || (cell.text === '' && !cell.isQuoted)) return [];
      return [[name, cell.text === 'NULL' && !cell.isQuoted ? null : cell.text]];
    });
    return Object.fromEntries(row);
  });
}

interface Cell {
  readonly text: string;
  readonly isQuoted: boolean;
}

function linesOf(text: string): Cell[][] {
  const lines: Cell[][] = [];
  let line: Cell[] = [];
  for (let at = 0; at < text.length; ) {
    const [found, quotedText, plain = '', end = ''] = CELL.exec(text.slice(at)) ?? [];
    if (found === undefined) throw new SyntaxError(`A quote is not closed in line ${lines.length + 1}.`);
    line.push({ text: quotedText?.replaceAll('""', '"') ?? plain, isQuoted: quotedText !== undefined });
    at += found.length;
    if (end === ';' && at < text.length) continue;
    if (line.length > 1 || line[0]?.text !== '') lines.push(line);
    line = [];
  }
  return lines;
}

/** One cell with what ends it. */
const CELL = /^(?:"((?:[^"]|"")*)"|([^;\r\n"]*))(;|\r?\n|$)/;

function quoted(text: string): string {
  return text === '' || text === 'NULL' || /[;"\r\n]/.test(text) || text.trim() !== text
    ? `"${text.replaceAll('"', '""')}"`
    : text;
}
