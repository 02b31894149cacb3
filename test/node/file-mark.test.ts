import { expect, test } from 'vitest';
import { type FileStats, formatMark, isAnother, markOf, parseMark } from '../../packages/node/src/file-mark.ts';

const stats = (ino: bigint, birthtimeNs: bigint, ctimeNs: bigint): FileStats => ({ ino, birthtimeNs, ctimeNs });

test.each([
  { what: 'the same inode and birth', marked: stats(7n, 100n, 200n), found: stats(7n, 100n, 300n), another: false },
  { what: 'another inode', marked: stats(7n, 100n, 200n), found: stats(8n, 100n, 200n), another: true },
  { what: 'another inode, no birth known', marked: stats(7n, 0n, 200n), found: stats(8n, 0n, 200n), another: true },
  { what: 'an inode given again', marked: stats(7n, 100n, 200n), found: stats(7n, 150n, 200n), another: true },
  { what: 'no birth known', marked: stats(7n, 0n, 200n), found: stats(7n, 0n, 300n), another: false },
  {
    what: 'the last change in place of the birth',
    marked: stats(7n, 200n, 200n),
    found: stats(7n, 300n, 300n),
    another: false,
  },
  {
    what: 'a birth that was not known before',
    marked: stats(7n, 200n, 200n),
    found: stats(7n, 100n, 300n),
    another: false,
  },
  {
    what: 'a birth that is not known any more',
    marked: stats(7n, 100n, 200n),
    found: stats(7n, 0n, 300n),
    another: false,
  },
  {
    what: 'a birth that is not to be trusted any more',
    marked: stats(7n, 100n, 200n),
    found: stats(7n, 300n, 300n),
    another: false,
  },
])('two files with $what', ({ marked, found, another }) => {
  expect(isAnother(markOf(marked), markOf(found))).toBe(another);
});

test('a mark is read as it was written, also beyond the numbers that are exact in JavaScript', () => {
  const mark = markOf(stats(2n ** 64n - 1n, 1_795_395_358_089_680_637n, 1_795_395_358_093_680_637n));
  expect(parseMark(formatMark(mark))).toEqual(mark);
  expect(parseMark(`${formatMark(mark)}   `)).toEqual(mark);
  for (const text of ['', '7', '7 x', '1 2 3', '-1 0', '7,100']) expect(parseMark(text), text).toBeNull();
});
