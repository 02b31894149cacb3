// Lists were merged in a time that grew with the square of the number of equal entries: one document of the size limit
// kept the server from everybody else for a minute.
import { mergeListBy } from '@datastores/core/schema';
import { expect, test } from 'vitest';

test('a list of equal entries as long as a document can hold is merged at once', () => {
  const entries = Array.from({ length: 20_000 }, () => ({ lot: 'a' }));
  const merge = mergeListBy('lot');
  const begun = process.cpuUsage();

  const merged = merge({ base: entries, server: entries, replica: [...entries, { lot: 'b' }] } as never);

  expect(merged).toHaveLength(20_001);
  expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(3_000);
});
