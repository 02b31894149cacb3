import { DatastoreError } from '@datastores/core';
import { EXIT } from './exit.ts';
import { describe } from './finding.ts';
import { type GlobalOptions, printJson, type Terminal } from './terminal.ts';

/** Options of `datastores doctor --replica`. */
export interface DoctorReplicaOptions extends GlobalOptions {
  readonly replica: string;
  readonly json?: boolean;
  /** Default: `DATASTORES_URL`. Without it the replica is not compared with a server. */
  readonly url?: string;
  /** Default: `DATASTORES_TOKEN`. */
  readonly token?: string;
}

/**
 * `datastores doctor --replica`: looks at the data folder of a replica that no process has open and, where a server is given,
 * compares the two. Changes nothing. Healthy: 0, findings: 1, and 2 where there is no replica to be looked at.
 */
export async function doctorReplica(terminal: Terminal, options: DoctorReplicaOptions): Promise<number> {
  const server = serverOf(terminal, options);
  if (server === 'incomplete') {
    const error = new DatastoreError(
      'OPTION_INVALID',
      'To compare with a server, both its url and a token are needed.',
    );
    return refused(terminal, error);
  }
  // Loaded here, so that no other command needs what a replica needs.
  const { inspectReplica } = await import('@datastores/node');
  let findings: Awaited<ReturnType<typeof inspectReplica>>;
  try {
    findings = await inspectReplica({ folder: options.replica, ...(server === null ? {} : { server }) });
  } catch (error) {
    if (error instanceof DatastoreError && UNSUITABLE.has(error.code)) return refused(terminal, error);
    throw error;
  }
  if (options.json) printJson(terminal, findings);
  else for (const finding of findings) terminal.out(describe(finding));
  return findings.every(({ ok }) => ok) ? EXIT.ok : EXIT.failed;
}

const UNSUITABLE: ReadonlySet<string> = new Set(['FOLDER_LOCKED', 'FOLDER_UNUSABLE']);

function serverOf({ environment }: Terminal, options: DoctorReplicaOptions) {
  const url = options.url ?? environment['DATASTORES_URL'];
  const token = options.token ?? environment['DATASTORES_TOKEN'];
  if (url !== undefined && token !== undefined && URL.canParse(url)) return { url, token };
  return url === undefined ? null : 'incomplete';
}

function refused(terminal: Terminal, error: DatastoreError): number {
  terminal.err(`${error.message}\n`);
  return EXIT.usage;
}
