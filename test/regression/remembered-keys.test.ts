// Keys of documents are remembered as harmless, whatever their length: five thousand of a megabyte filled the memory.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { plainJsonIssues } from '@datastores/core/schema';
import { expect, test } from 'vitest';

const MIB = 1024 * 1024;

test('long keys of documents that came by are not kept', () => {
  const before = usedMiB();

  for (let number = 0; number < 100; number += 1) {
    const document: unknown = JSON.parse(`{"${`${number}`.padEnd(MIB, 'k')}":1}`);
    expect(plainJsonIssues(document)).toEqual([]);
  }

  expect(usedMiB() - before).toBeLessThan(30);
});

function usedMiB(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed / MIB;
}
