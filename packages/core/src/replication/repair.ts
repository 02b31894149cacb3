import { createRevision, getHeightOfRevision } from 'rxdb';
import { DatastoreError } from '../errors.ts';
import type { Digests } from '../protocol/digest.ts';
import { ID_DIGEST_LENGTH, MAX_DIGEST_DOCUMENTS } from '../protocol/digest-limits.ts';
import { documentDigest, idDigest, writeDigests } from '../protocol/document-digest.ts';
import { type PulledRow, parsePulledRows } from '../protocol/pulled-rows.ts';
import { type EditEntry, editKey } from '../replica/journal-entry.ts';
import { REPLICATION_CONTEXT, REVISION_AUTHOR, replicationRow, type StoredDocument } from '../replica/stored.ts';
import { MAX_ID_LENGTH } from '../schema/complete.ts';
import type { Document } from '../schema/document.ts';
import { type ApplyTarget, sortRows } from './apply-page.ts';
import type { CheckFinding } from './check-report.ts';
import type { Ask, Differences } from './compare.ts';
import { holdRows } from './hold-rows.ts';
import { baseDigest, type Holdings } from './holdings.ts';
import { removeUnknown } from './remove-unknown.ts';
import { writeRows } from './write-rows.ts';

/** What is repaired, and with whose help. */
export interface Repair {
  readonly target: ApplyTarget;
  readonly ask: Ask;
  readonly holdings: Holdings;
}

/**
 * Fetches what differs and puts it in the place of what is here; removes what the server says by its id that it does not
 * have. What unpushed edits are based on is renewed, the edits themselves stay as they are.
 */
export async function repairDifferences(repair: Repair, differences: Differences): Promise<readonly CheckFinding[]> {
  const findings: CheckFinding[] = [];
  const changed = new Set(differences.changed);
  for (const batch of batches([...differences.changed, ...differences.missing])) {
    for (let rest = batch; rest.length > 0; ) {
      const answer = await answered(repair.ask({ wanted: writeDigests(rest, ID_DIGEST_LENGTH) }));
      rest = rest.slice(Math.max(1, answer.taken));
      findings.push(...(await replaceAll(repair, parsePulledRows(answer.documents), changed)));
    }
  }
  // The server holds no document under a name that no document may have.
  const isName = (id: string) => id.length > 0 && id.length <= MAX_ID_LENGTH;
  findings.push(
    ...(await removeUnknown(
      repair.target,
      differences.extra.filter((id) => !isName(id)),
    )),
  );
  for (const batch of batches(differences.extra.filter(isName))) findings.push(...(await settleDoubts(repair, batch)));
  return findings;
}

/** Asks about documents by their ids until the server has told of all: an answer holds as many as fit into it. */
async function settleDoubts(repair: Repair, ids: readonly string[]): Promise<readonly CheckFinding[]> {
  const findings: CheckFinding[] = [];
  for (let doubted = [...ids]; doubted.length > 0; ) {
    const { documents, absent } = await answered(repair.ask({ doubted }));
    const rows = parsePulledRows(documents);
    const told = new Set([...absent, ...rows.map((row) => ('del' in row ? row.del : row.doc.id))]);
    const rest = doubted.filter((id) => !told.has(id));
    if (rest.length === doubted.length)
      throw new DatastoreError('SERVER_FAILED', 'The server says nothing of the documents it was asked about.');
    findings.push(...(await replaceAll(repair, rows, new Set(doubted.map(idDigest)))));
    findings.push(...(await removeUnknown(repair.target, absent)));
    doubted = rest;
  }
  return findings;
}

async function answered(answer: ReturnType<Ask>): Promise<Digests> {
  const digests = await answer;
  if (digests.kind === 'digests') return digests;
  throw new DatastoreError('SERVER_BUSY', 'The server has changed too much while it was compared.');
}

/** Writes the server's states, each under the lock of the datastore so that no local write comes between. */
function replaceAll(
  { target, holdings }: Repair,
  rows: readonly PulledRow[],
  changed: ReadonlySet<number>,
): Promise<readonly CheckFinding[]> {
  return target.storage.lock.run(async () => {
    const { valid, quarantined } = await sortRows(target, rows);
    if (quarantined.length > 0) await target.journal.put(quarantined);
    const states = valid.flatMap((row) => ('del' in row ? [] : [row]));
    const edited = await target.journal.held(states.map(({ doc }) => editKey(target.datastore, doc.id)));
    const isEdited = ({ doc }: State) => edited.has(editKey(target.datastore, doc.id));
    const kindOf = (id: string) => (changed.has(idDigest(id)) ? 'changed' : 'missing');
    const bases = await renewBases(target, states.filter(isEdited));
    const free = states.filter((row) => !isEdited(row));
    const left = await replace(target, free);
    return [
      // An edit that was made since has the damaged state for its base, and is looked at with the next check.
      ...bases.filter(({ id }) => holdings.edited.has(idDigest(id))),
      ...free.map(({ doc: { id } }): CheckFinding => ({ kind: kindOf(id), id, repaired: !left.has(id) })),
      ...quarantined.map(({ id }): CheckFinding => ({ kind: kindOf(id), id, repaired: false })),
    ];
  });
}

type State = Extract<PulledRow, { readonly doc: unknown }>;

/** As a pull does with documents that have unpushed edits. */
async function renewBases(target: ApplyTarget, rows: readonly State[]): Promise<readonly CheckFinding[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ doc }) => doc.id);
  const found = await target.storage.instance.findDocumentsById(ids, true);
  const stored = new Map(found.map((document) => [document.id, document]));
  await holdRows(
    target,
    rows.map((row) => ({ row, stored: stored.get(row.doc.id) })),
  );
  const entries = await target.journal.read<EditEntry>(ids.map((id) => editKey(target.datastore, id)));
  return rows.map(({ s: scope, v: version, doc }): CheckFinding => {
    const entry = entries.get(editKey(target.datastore, doc.id));
    const base = entry === undefined ? null : baseDigest(entry, stored.get(doc.id));
    return { kind: 'base', id: doc.id, repaired: base === documentDigest({ scope, version, document: doc }) };
  });
}

/** Returns the ids of documents that another tab was faster with. */
async function replace(target: ApplyTarget, rows: readonly State[]): Promise<ReadonlySet<string>> {
  const { instance } = target.storage;
  const { direct } = instance;
  if (direct !== undefined) {
    const texts = rows.map((row) => ({ text: row.text, document: replacement(target, row, undefined) }));
    direct.transactions.now(() => direct.replace(texts, REPLICATION_CONTEXT));
    return new Set();
  }
  const ids = rows.map(({ doc }) => doc.id);
  const stored = new Map((await instance.findDocumentsById(ids, true)).map((document) => [document.id, document]));
  return writeRows(
    instance,
    rows.map((row) => {
      const previous = stored.get(row.doc.id);
      const document = replacement(target, row, previous);
      return previous === undefined ? { document } : { document, previous };
    }),
  );
}

function replacement(target: ApplyTarget, row: State, previous: StoredDocument | undefined): StoredDocument {
  const meta = { version: row.v, scope: row.s, generation: target.generations[row.s] ?? 0 };
  const { document } = replicationRow({ previous, content: row.doc, deleted: false, meta });
  return { ...document, _rev: highRevision(target, previous) };
}

/**
 * The height of a revision numbers edits, and must go on growing. That of what was here may be damaged as well, or gone,
 * so the seconds since 1970 are put in its place: no document is written so often.
 */
function highRevision(target: ApplyTarget, previous: StoredDocument | undefined): string {
  const seconds = Math.floor(target.now() / 1_000);
  const height = Math.max(seconds, previous === undefined ? 0 : getHeightOfRevision(previous._rev));
  return createRevision<Document>(REVISION_AUTHOR, { _rev: `${height}-` } as StoredDocument);
}

function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += MAX_DIGEST_DOCUMENTS) {
    yield items.slice(start, start + MAX_DIGEST_DOCUMENTS);
  }
}
