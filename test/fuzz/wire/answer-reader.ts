import { gunzipSync } from 'node:zlib';

/** An answer as it came over the wire, its body unpacked. */
export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** True: the connection can take another request. */
  readonly isKept: boolean;
}

/** Reads one answer out of what a connection brings, piece by piece. */
export interface AnswerReader {
  /** The answer, once all of it is there. Throws an Error for what is no answer of HTTP. */
  take(piece: Uint8Array): Answer | null;
  /** The answer whose body lasts until the connection ends; null if there is none. */
  atEnd(): Answer | null;
}

/** A stream never ends by itself: this many of its events are enough. */
const EVENTS = 2;

/** Makes a reader for the next answer. That of a HEAD request has no body. */
export function createAnswerReader(isHead: boolean): AnswerReader {
  let received = Buffer.alloc(0);
  const answerOf = (isEnd: boolean): Answer | null => {
    const head = headOf(received);
    if (head === null) return null;
    if (head.status < 200) {
      received = received.subarray(head.length);
      return answerOf(isEnd);
    }
    const { status, headers } = head;
    const rest = received.subarray(head.length);
    const body = isHead || status === 204 || status === 304 ? { bytes: Buffer.alloc(0) } : bodyOf(headers, rest, isEnd);
    if (body === null) return null;
    const unpacked =
      headers.get('content-encoding') === 'gzip' && body.bytes.length > 0 ? gunzipSync(body.bytes) : body.bytes;
    const isKept = headers.get('connection') !== 'close' && !isStream(headers);
    return { status, headers, body: unpacked.toString('utf8'), isKept };
  };
  return {
    take(piece) {
      received = Buffer.concat([received, piece]);
      return answerOf(false);
    },
    atEnd: () => answerOf(true),
  };
}

interface Head {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** Bytes up to the body. */
  readonly length: number;
}

function headOf(received: Buffer): Head | null {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [first = '', ...lines] = received.subarray(0, end).toString('latin1').split('\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1]);
  if (!Number.isInteger(status)) throw new Error(`The answer begins with "${first.slice(0, 80)}".`);
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  return { status, headers, length: end + 4 };
}

function bodyOf(headers: Head['headers'], rest: Buffer, isEnd: boolean): { bytes: Buffer } | null {
  if (headers.get('transfer-encoding') === 'chunked') return chunkedBody(rest, isStream(headers) ? EVENTS : null);
  const length = headers.get('content-length');
  if (length === undefined) return isEnd ? { bytes: rest } : null;
  return rest.length < Number(length) ? null : { bytes: rest.subarray(0, Number(length)) };
}

function isStream(headers: Head['headers']): boolean {
  return headers.get('content-type')?.startsWith('text/event-stream') ?? false;
}

function chunkedBody(rest: Buffer, events: number | null): { bytes: Buffer } | null {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = rest.indexOf('\r\n', at);
    if (end < 0) return null;
    const size = Number.parseInt(rest.subarray(at, end).toString('latin1'), 16);
    if (Number.isNaN(size)) throw new Error('The answer has a chunk without a size.');
    if (rest.length < end + 2 + size + 2) return null;
    chunks.push(rest.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
    if (size === 0) return { bytes: Buffer.concat(chunks) };
    const body = events === null ? null : Buffer.concat(chunks);
    if (body !== null && body.toString('utf8').split('\n\n').length > (events ?? 0)) return { bytes: body };
  }
}
