import { createReadStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { createDecoder, type Decoder, type Encoding, markOf } from './encoding.ts';
import { FileRefused } from './file-refused.ts';

/** How a file is read. */
export interface TextOptions {
  readonly encoding: Encoding;
  /** Most bytes, unpacked. */
  readonly maxBytes: number;
}

/**
 * The text of a local file, piece by piece, unpacked if it is gzip, whatever its name. A byte order mark overrules the
 * declared encoding. Throws FileRefused for an archive that is cut off or a file that is too large.
 */
export async function* readText(path: string, options: TextOptions): AsyncGenerator<string> {
  let decoder: Decoder | null = null;
  let head = Buffer.alloc(0);
  for await (const bytes of unpacked(path, options.maxBytes)) {
    if (decoder) {
      yield decoder.decode(bytes);
      continue;
    }
    head = Buffer.concat([head, bytes]);
    if (head.length < LONGEST_MARK) continue;
    decoder = begin(head, options.encoding);
    yield decoder.decode(head.subarray(markOf(head)?.length ?? 0));
  }
  if (!decoder) {
    decoder = begin(head, options.encoding);
    yield decoder.decode(head.subarray(markOf(head)?.length ?? 0));
  }
  yield decoder.end();
}

const LONGEST_MARK = 3;

function begin(head: Buffer, encoding: Encoding): Decoder {
  return createDecoder(markOf(head)?.encoding ?? encoding);
}

async function* unpacked(path: string, maxBytes: number): AsyncGenerator<Buffer> {
  const source = createReadStream(path, { highWaterMark: 256 * 1024 });
  const first = await firstBytes(path);
  const packed = first[0] === 0x1f && first[1] === 0x8b;
  const limited = limit(maxBytes);
  const flow = packed ? pipeline(source, createGunzip(), limited) : pipeline(source, limited);
  // The failure reaches the reader through the stream; this one has nobody else to tell.
  flow.catch(() => {});
  try {
    yield* limited as AsyncIterable<Buffer>;
  } catch (error) {
    if (error instanceof FileRefused || !packed) throw error;
    throw new FileRefused(`is no whole gzip archive: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    limited.destroy();
  }
}

async function firstBytes(path: string): Promise<Buffer> {
  for await (const bytes of createReadStream(path, { end: 1 })) return bytes as Buffer;
  return Buffer.alloc(0);
}

function limit(maxBytes: number): Transform {
  let total = 0;
  return new Transform({
    transform(bytes: Buffer, _encoding, done) {
      total += bytes.length;
      if (total > maxBytes) done(new FileRefused(`is larger than maxBytes (${maxBytes} bytes)`));
      else done(null, bytes);
    },
  });
}
