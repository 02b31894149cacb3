import type { Digests } from '../protocol/digest.ts';
import { ID_DIGEST_LENGTH, MAX_DIGEST_DOCUMENTS } from '../protocol/digest-limits.ts';
import { idDigest, writeDigests } from '../protocol/document-digest.ts';
import { parsePulledRows } from '../protocol/pulled-rows.ts';
import type { EditEntry, JournalEntry, PullState } from '../replica/journal-entry.ts';
import type { StoredDocument } from '../replica/stored.ts';
import { askAt } from './check.ts';
import type { CheckFinding } from './check-report.ts';
import { type Ask, compare, type Differences } from './compare.ts';
import { createHoldings, type Holdings, type Row } from './holdings.ts';
import { letOthersRun } from './let-others-run.ts';
import type { Transport } from './transport.ts';

/** A datastore of a replica that nobody has open, as it was read. */
export interface LookedAt {
  readonly datastore: { readonly name: string; readonly version: number };
  readonly rows: Iterable<Row>;
  readonly entries: readonly JournalEntry[];
  readonly transport: Pick<Transport, 'digest'>;
}

/**
 * What came of it: `behind` where it has to be pulled before it can be compared, `lost` where the server does not know its
 * position, so that it will start over.
 */
export type LookedAtResult =
  | { readonly outcome: 'behind' }
  | { readonly outcome: 'lost' }
  | { readonly outcome: 'compared'; readonly compared: number; readonly findings: readonly CheckFinding[] };

/** Compares a datastore with the server and changes nothing. Throws what the transport throws. */
export async function lookAtReplica(given: LookedAt): Promise<LookedAtResult> {
  const { datastore, entries, transport } = given;
  const state = entries.find(
    (entry): entry is PullState => entry.kind === 'state' && entry.datastore === datastore.name,
  );
  if (state === undefined || state.checkpoint === null || !state.complete || state.resetting.length > 0) {
    return { outcome: 'behind' };
  }
  const holdings = await holdingsIn(given);
  const ask = askAt({ target: { datastore }, transport }, state.checkpoint, new AbortController().signal);
  const differences = await compare(ask, holdings);
  if ('kind' in differences) return { outcome: differences.kind === 'behind' ? 'behind' : 'lost' };
  return {
    outcome: 'compared',
    compared: holdings.table.size(),
    findings: await findingsOf(ask, differences, holdings),
  };
}

async function holdingsIn({ datastore, rows, entries }: LookedAt): Promise<Holdings> {
  const { holdings, enterRow, enterEdit } = createHoldings();
  const edits = new Map(
    entries
      .filter((entry): entry is EditEntry => entry.kind === 'edit' && entry.datastore === datastore.name)
      .map((entry) => [entry.id, entry]),
  );
  const documents = new Map<string, StoredDocument>();
  let read = 0;
  for (const row of rows) {
    read += 1;
    if (read % 500 === 0) await letOthersRun();
    if (!edits.has(row.id)) enterRow(row);
    else if (row.document !== null) documents.set(row.id, row.document);
  }
  for (const [id, entry] of edits) enterEdit(entry, documents.get(id));
  for (const { kind, id, datastore: name } of entries) {
    if (kind === 'quarantined' && name === datastore.name) holdings.unclear.add(idDigest(id));
  }
  return holdings;
}

async function findingsOf(ask: Ask, differences: Differences, { table, ids, edited }: Holdings) {
  const findings: CheckFinding[] = [];
  for (const id of differences.changed) {
    const name = ids[table.get(id)?.place ?? -1] ?? '';
    findings.push({ kind: edited.has(id) ? 'base' : 'changed', id: name, repaired: false });
  }
  for (const id of differences.extra) findings.push({ kind: 'extra', id, repaired: false });
  let rest = differences.missing;
  while (rest.length > 0) {
    const answer = await ask({ wanted: writeDigests(rest.slice(0, MAX_DIGEST_DOCUMENTS), ID_DIGEST_LENGTH) });
    if (answer.kind !== 'digests') break;
    rest = rest.slice(Math.max(1, answer.taken));
    for (const id of namesIn(answer)) findings.push({ kind: 'missing', id, repaired: false });
  }
  return findings;
}

function namesIn({ documents }: Digests): readonly string[] {
  return parsePulledRows(documents).map((row) => ('del' in row ? row.del : row.doc.id));
}
