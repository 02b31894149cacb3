import type { OldReceipt } from '../work/receipt-table.ts';
import { expireReceipts, placeOf, type ReceiptContext } from '../work/receipts.ts';
import type { GroupCommit } from './group-commit.ts';
import { statement } from './session.ts';
import type { Reader } from './snapshot.ts';

const OLD = `select scope, datastore, id, replica, version, seq, changed_at as "changedAt" from receipt
  where changed_at < $1 and (settled_at < $2 or changed_at < $3) order by changed_at limit $4`;

/** Receipts that one transaction removes. */
const STEP = 500;

/** What a clean-up of receipts needs. */
export interface Expiry {
  readonly reader: Reader;
  readonly commits: GroupCommit;
  readonly routes: ReceiptContext['routes'];
}

/** Removes receipts that have outlived their time, a piece at a time. Says how many. */
export async function removeReceipts(
  { reader, commits, routes }: Expiry,
  { settledBefore, before }: { readonly settledBefore: number; readonly before: number },
): Promise<number> {
  let removed = 0;
  for (let step = STEP; step === STEP; removed += step) {
    const old = statement(OLD, Math.max(settledBefore, before), settledBefore, before, STEP);
    const found = await reader.rows<OldReceipt>(old);
    step = found.length;
    if (step === 0) break;
    await commits.run({
      weight: step,
      line: '',
      expect: (tables) => {
        for (const row of found) {
          tables.expectScope(row.scope);
          tables.expectScope(placeOf(row).scope);
        }
      },
      run: (tables, work) => expireReceipts({ tables, routes }, found, work),
    });
  }
  return removed;
}
