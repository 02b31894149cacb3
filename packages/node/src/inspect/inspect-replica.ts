import { existsSync } from 'node:fs';
import {
  type CheckFinding,
  createTrpcTransport,
  DatastoreError,
  isDatastoreError,
  isLoopback,
  lookAtReplica,
  type TokenSource,
  type Transport,
} from '@datastores/core';
import { ownerOf } from '../folder-lock.ts';
import { createHttpClient } from '../http-client.ts';
import { createDamageReports, describeDamage } from '../salvage/damage-report.ts';
import { filesIn } from '../salvage/folder-files.ts';
import { quickCheck } from '../storage/check-file.ts';
import { type FoundReplica, openFoundReplica } from './found-replica.ts';

/** Which replica to look at, and the server to compare it with. */
export interface InspectOptions {
  /** Data folder of a replica that no process has open. */
  readonly folder: string;
  /** Base of the server's tRPC routes, and a token for it. Without them the replica is not compared. */
  readonly server?: { readonly url: string; readonly token: TokenSource };
}

/** One thing that was looked at. */
export interface InspectionFinding {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do; only where it is not well. */
  readonly remedy?: string;
  /** The documents in question; only where the replica differs from the server. */
  readonly differences?: readonly CheckFinding[];
}

/**
 * Looks at a replica that is not open, and compares it with the server: the file, every row, the journal, and what the
 * server holds. Changes nothing. Throws FOLDER_LOCKED where a process has it open, FOLDER_UNUSABLE where there is none.
 */
export async function inspectReplica({ folder, server }: InspectOptions): Promise<readonly InspectionFinding[]> {
  const files = filesIn(folder);
  const owner = ownerOf(folder);
  if (owner !== null) throw new DatastoreError('FOLDER_LOCKED', `The folder ${folder} is open in process ${owner}.`);
  if (!existsSync(files.database)) {
    const remedy = 'Give the data folder that openDatastores was called with.';
    throw new DatastoreError('FOLDER_UNUSABLE', `There is no replica in ${folder}.`, { remedy });
  }
  const damage = createDamageReports(files.reports).list().map(describeDamage);
  const found: InspectionFinding[] = damage.map((detail) => ({ check: 'earlier damage', ok: true, detail }));
  const problems = await quickCheck(files.database);
  if (problems.length > 0) return [...found, damagedFile(problems)];
  found.push({ check: 'file', ok: true, detail: `SQLite finds ${files.database} sound` });
  const replica = openFoundReplica(files.database);
  try {
    found.push(...journalFindings(replica));
    for (const datastore of replica.datastores) found.push(rowsFinding(datastore));
    if (server !== undefined) found.push(...(await comparisons(replica, server)));
    else found.push({ check: 'server', ok: true, detail: 'not compared: no url and token were given' });
    return found;
  } finally {
    replica.close();
  }
}

const OPEN_REMEDY =
  'Open the replica with its application: it compares itself with the server and repairs what differs.';

function damagedFile(problems: readonly string[]): InspectionFinding {
  const remedy = 'Open the replica with its application: unpushed edits are saved, and the rest is pulled anew.';
  return { check: 'file', ok: false, detail: problems.slice(0, 3).join('; '), remedy };
}

function journalFindings({ entries, unreadable }: FoundReplica): readonly InspectionFinding[] {
  const count = (kind: string) => entries.filter((entry) => entry.kind === kind).length;
  const [edits, rejected, quarantined] = [count('edit'), count('rejected'), count('quarantined')];
  const detail = `${edits} unpushed, ${rejected} rejected, ${quarantined} set aside`;
  if (unreadable.length === 0) return [{ check: 'journal', ok: true, detail }];
  const names = unreadable.slice(0, 3).map(({ kind, datastore, id }) => `${kind} of ${datastore} "${id}"`);
  const remedy = 'Keep a copy of the folder; what these entries said cannot be recovered from it alone.';
  return [{ check: 'journal', ok: false, detail: `${detail}; unreadable: ${names.join(', ')}`, remedy }];
}

function rowsFinding({ name, rows }: FoundReplica['datastores'][number]): InspectionFinding {
  const damaged: string[] = [];
  let total = 0;
  for (const { id, document } of rows()) {
    if (document === null) damaged.push(id);
    else if (!document._deleted) total += 1;
  }
  const check = `rows of ${name}`;
  if (damaged.length === 0) return { check, ok: true, detail: `${total} documents` };
  const named = damaged.slice(0, 3).map((id) => `"${id}"`);
  return { check, ok: false, detail: `${damaged.length} damaged: ${named.join(', ')}`, remedy: OPEN_REMEDY };
}

async function comparisons(
  { datastores, entries }: FoundReplica,
  { url, token }: NonNullable<InspectOptions['server']>,
): Promise<readonly InspectionFinding[]> {
  const transport = createTrpcTransport({ url, token, http: createHttpClient({ compression: !isLoopback(url) }) });
  const found: InspectionFinding[] = [];
  try {
    for (const datastore of datastores) found.push(await comparison({ datastore, entries, transport }));
  } finally {
    transport.close?.();
  }
  return found;
}

interface Comparison extends Pick<FoundReplica, 'entries'> {
  readonly datastore: FoundReplica['datastores'][number];
  readonly transport: Transport;
}

async function comparison({ datastore, entries, transport }: Comparison): Promise<InspectionFinding> {
  const check = `server: ${datastore.name}`;
  try {
    const result = await lookAtReplica({ datastore, rows: datastore.rows(), entries, transport });
    if (result.outcome === 'behind') {
      const remedy = 'Let its application exchange everything with the server, end it, and look again.';
      return { check, ok: false, detail: 'not compared: it has to pull what changed since', remedy };
    }
    if (result.outcome === 'lost') {
      const remedy = 'Open the replica with its application: it starts over, and its unpushed edits are kept.';
      return { check, ok: false, detail: 'the server does not know how far it has pulled', remedy };
    }
    const { compared, findings } = result;
    if (findings.length === 0) return { check, ok: true, detail: `${compared} documents equal those of the server` };
    const named = findings.slice(0, 3).map(({ kind, id }) => `"${id}" is ${WORDS[kind]}`);
    const detail = `${findings.length} of ${compared} differ: ${named.join(', ')}`;
    return { check, ok: false, detail, remedy: OPEN_REMEDY, differences: findings };
  } catch (error) {
    if (!isDatastoreError(error)) throw error;
    return { check, ok: false, detail: error.message, remedy: error.remedy };
  }
}

const WORDS: Readonly<Record<CheckFinding['kind'], string>> = {
  changed: 'another one there',
  missing: 'missing here',
  extra: 'unknown there',
  base: 'edited from another state than the one there',
  position: 'another position there',
};
