import { DatastoreError } from '@datastores/core';
import { expect, test } from 'vitest';
import { createTransferSize, measured, sizeAfter } from '../../../packages/core/src/replication/transfer-size.ts';

const KIB = 1024;

test.each<[what: string, from: { bytes: number; ms: number }, after: number]>([
  ['fast: twice as large', { bytes: 256 * KIB, ms: 10 }, 512 * KIB],
  ['fast, but as large as it may be', { bytes: 1024 * KIB, ms: 10 }, 1024 * KIB],
  ['neither fast nor slow: as it is', { bytes: 256 * KIB, ms: 2_000 }, 256 * KIB],
  ['slow: half', { bytes: 256 * KIB, ms: 20_000 }, 128 * KIB],
  ['slow, but as small as it gets', { bytes: 16 * KIB, ms: 20_000 }, 16 * KIB],
  ['failed: half', { bytes: 256 * KIB, ms: Number.POSITIVE_INFINITY }, 128 * KIB],
])('%s', (_what, { bytes, ms }, after) => {
  expect(sizeAfter(bytes, ms, 1024 * KIB)).toBe(after);
});

test('what never arrives is asked for in smaller and smaller portions, and a refusal changes nothing', async () => {
  const size = createTransferSize(1024 * KIB);
  const lost = () => Promise.reject(new DatastoreError('SERVER_UNREACHABLE', 'It took too long.'));
  for (let count = 0; count < 3; count += 1) await expect(measured(size, lost())).rejects.toThrow('too long');
  expect(size.bytes).toBe(32 * KIB);
  const refused = Promise.reject(new DatastoreError('FORBIDDEN', 'No.'));
  await expect(measured(size, refused)).rejects.toThrow('No.');
  expect(size.bytes).toBe(32 * KIB);
  await measured(size, Promise.resolve('page'));
  expect(size.bytes).toBe(64 * KIB);
});
