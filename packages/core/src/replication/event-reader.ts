/** What a stream of server-sent events is read with. */
export interface EventReader {
  /** Takes the next piece of its text. */
  feed(piece: string): void;
}

/** Who hears of events. */
export interface EventListener {
  /** Longest event that is read, in characters; whoever sends a longer one would fill the memory. */
  readonly maxSize: number;
  readonly event: (name: string, data: string) => void;
  /** Told once; nothing is read any more then. */
  readonly tooLong: () => void;
}

const LINE_END = /\r\n|\n|\r/;

/**
 * Reads server-sent events as the HTML standard defines them, as far as the protocol has use for them: names and data, but
 * no ids and no times to wait. An event without data is none.
 */
export function createEventReader({ maxSize, event, tooLong }: EventListener): EventReader {
  let rest = '';
  let name = '';
  let data: string[] = [];
  let size = 0;

  function line(text: string): void {
    if (text === '') {
      if (data.length > 0) event(name === '' ? 'message' : name, data.join('\n'));
      name = '';
      data = [];
      size = 0;
      return;
    }
    const colon = text.indexOf(':');
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') name = value;
    if (field === 'data') data.push(value);
    size += text.length;
  }

  return {
    feed(piece) {
      if (size > maxSize) return;
      // A long line comes in many pieces, and is not to be searched anew with each.
      const goesOn = !LINE_END.test(piece) && !rest.endsWith('\r');
      const text = rest + piece;
      // What follows a carriage return may be the other half of the line's end.
      const end = text.endsWith('\r') ? text.length - 1 : text.length;
      const lines = goesOn ? [text] : text.slice(0, end).split(LINE_END);
      rest = (lines.pop() ?? '') + (goesOn ? '' : text.slice(end));
      for (const one of lines) line(one);
      if (size + rest.length <= maxSize) return;
      size = Number.POSITIVE_INFINITY;
      rest = '';
      tooLong();
    },
  };
}
