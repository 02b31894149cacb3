/** One cell of a line. */
export interface Cell {
  readonly text: string;
  readonly quoted: boolean;
}

/** How cells are told apart. */
export interface CellMarks {
  readonly separator: string;
  readonly quote: string | false;
}

/** The cells of a record; `open`: a quote is not closed yet, the next line belongs to it; or what is wrong. */
export type Cells = readonly Cell[] | 'open' | { readonly fault: string };

/** Splits one record into cells. A quote within quotes is doubled. */
export function splitCells(text: string, { separator, quote }: CellMarks): Cells {
  if (quote === false || !text.includes(quote)) {
    return text.split(separator).map((cell) => ({ text: cell, quoted: false }));
  }
  const cells: Cell[] = [];
  let at = 0;
  for (;;) {
    if (text[at] === quote) {
      const cell = quotedCell(text, at + 1, quote);
      if (cell === null) return 'open';
      at = cell.end;
      if (at < text.length && text[at] !== separator)
        return { fault: `text follows a closed quote in column ${cells.length + 1}` };
      cells.push({ text: cell.text, quoted: true });
    } else {
      const next = text.indexOf(separator, at);
      const cell = text.slice(at, next < 0 ? text.length : next);
      if (cell.includes(quote)) return { fault: `a quote stands in the midst of column ${cells.length + 1}` };
      cells.push({ text: cell, quoted: false });
      at = next < 0 ? text.length : next;
    }
    if (at >= text.length) return cells;
    at += separator.length;
  }
}

function quotedCell(text: string, from: number, quote: string): { readonly text: string; readonly end: number } | null {
  let [cell, start] = ['', from];
  for (;;) {
    const close = text.indexOf(quote, start);
    if (close < 0) return null;
    cell += text.slice(start, close);
    if (text[close + 1] !== quote) return { text: cell, end: close + 1 };
    cell += quote;
    start = close + 2;
  }
}
