import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { JsonObject } from '@datastores/core/schema';
import type { KeptRecord } from './kept-record.ts';

/** A kept record as bytes. */
export interface PackedRecord {
  /** 1: deflated. */
  readonly packed: 0 | 1;
  readonly bytes: Buffer;
}

/** Shorter records are kept as they are: packing them costs more than it saves. */
const PACKED_FROM = 2_048;

/** The JSON text of a record, long ones packed. */
export function packRecord(text: string): PackedRecord {
  if (text.length < PACKED_FROM) return { packed: 0, bytes: Buffer.from(text) };
  return { packed: 1, bytes: deflateRawSync(text) };
}

/** A record out of its bytes. */
export function unpackRecord({ packed, bytes }: { readonly packed: number; readonly bytes: Buffer }): JsonObject {
  return JSON.parse((packed === 1 ? inflateRawSync(bytes) : bytes).toString()) as JsonObject;
}

/** Of version, digest and the JSON text of a record, so that one that says the same is not written again. */
export function recordHash({ version, digest }: Pick<KeptRecord, 'version' | 'digest'>, text: string): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([version, digest]))
    .update(text)
    .digest()
    .subarray(0, 16);
}
