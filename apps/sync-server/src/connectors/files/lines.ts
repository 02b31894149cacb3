/** One line without its end. */
export interface Line {
  readonly number: number;
  readonly text: string;
  /** False for a last line that no line feed ends. */
  readonly ended: boolean;
  /** The line was longer than allowed; `text` is its beginning. */
  readonly tooLong: boolean;
}

/** Splits text at line feeds; a carriage return before one belongs to it. Holds one line at most. */
export async function* splitLines(pieces: AsyncIterable<string>, maxLength: number): AsyncGenerator<Line> {
  let [rest, number, tooLong] = ['', 1, false];
  const lineOf = (text: string, ended: boolean): Line => {
    const whole = text.endsWith('\r') ? text.slice(0, -1) : text;
    return { number, text: whole.slice(0, maxLength), ended, tooLong: tooLong || whole.length > maxLength };
  };
  for await (const piece of pieces) {
    let from = 0;
    for (let at = piece.indexOf('\n'); at >= 0; at = piece.indexOf('\n', from)) {
      yield lineOf(rest + piece.slice(from, at), true);
      [rest, from, tooLong] = ['', at + 1, false];
      number += 1;
    }
    rest += piece.slice(from);
    if (rest.length > maxLength + 1) [rest, tooLong] = [rest.slice(0, maxLength), true];
  }
  if (rest !== '') yield lineOf(rest, false);
}
