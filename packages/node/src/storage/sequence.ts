import type { Table } from './table.ts';

/**
 * The last sequence number given in the file. It only grows, also when the documents with the highest ones go: a reader
 * whose checkpoint is such a number would miss what is written next. Call it in the transaction of the write.
 */
export function lastSeq({ statements }: Pick<Table, 'statements'>): number {
  return statements.pluck<number>('SELECT last FROM sequence').get() ?? 0;
}

/** Notes the last number given, in the same transaction. */
export function saveSeq({ statements }: Pick<Table, 'statements'>, seq: number): void {
  statements.prepare('UPDATE sequence SET last = ?').run(seq);
}
