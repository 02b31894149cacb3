import { deflateSync, gzipSync } from 'node:zlib';
import { MAX_BODY_BYTES } from '@datastores/core/protocol';
import type { Random } from '../../bench/documents/random.ts';
import { callRequest, envelope } from './calls.ts';
import { validMessage } from './messages.ts';
import type { Form } from './protocol-forms.ts';

/** Packed bodies that are right; the server has to unpack them. */
export const packed: Form = (speaker, random) => {
  const text = envelope(validMessage('push', speaker, random));
  const headers = [['Content-Encoding', random.pick(['gzip', 'GZIP', ' gzip '])]] as const;
  return callRequest({ form: 'packed', call: 'push', token: speaker.token, answer: 'served', headers }, gzipSync(text));
};

/** Bodies that claim to be packed and are cut, damaged, something else, or far more than they seem. */
export const badlyPacked: Form = (speaker, random) => {
  const text = envelope(validMessage('push', speaker, random));
  const encoding = random.pick([
    'gzip',
    'gzip',
    'gzip',
    'gzip',
    'br',
    'deflate',
    'gzip, gzip',
    'x'.repeat(500),
    'identity',
    '',
  ]);
  const headers = [['Content-Encoding', encoding]] as const;
  const body = damaged(gzipSync(text), text, random);
  return callRequest({ form: 'badly packed', call: 'push', token: speaker.token, answer: 'http', headers }, body);
};

function damaged(bytes: Buffer, text: string, random: Random): Buffer {
  switch (random.integer(0, 8)) {
    case 0:
      return bytes.subarray(0, random.integer(0, bytes.length));
    case 1: {
      const copy = Buffer.from(bytes);
      copy[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
      return copy;
    }
    case 2:
      return Buffer.concat([bytes, bytes]);
    case 3:
      return Buffer.concat([bytes, Buffer.from('and more')]);
    case 4:
      return gzipSync(bytes);
    case 5:
      return deflateSync(text);
    case 6:
      return Buffer.from(text);
    case 7:
      return bombOf(random);
    default:
      return Buffer.alloc(0);
  }
}

const bombs = new Map<number, Buffer>();

/** A hundred kilobytes that unpack to a hundred megabytes, and smaller ones; made once. */
function bombOf(random: Random): Buffer {
  const size = random.integer(0, 9) === 0 ? 100 * 1024 * 1024 : random.pick([MAX_BODY_BYTES, MAX_BODY_BYTES + 1]);
  const bomb = bombs.get(size) ?? gzipSync(Buffer.alloc(size, 0x20));
  bombs.set(size, bomb);
  return bomb;
}
