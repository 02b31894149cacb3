import { isDatastoreError } from '@datastores/core';
import { toWireError } from '@datastores/core/protocol';
import type { Clock } from '../clock.ts';
import type { Resolved } from '../config/resolve.ts';
import { SystemError } from '../connectors/connector.ts';
import { silentLog } from '../log.ts';
import { createCalls } from '../reconcile/calls.ts';
import { makeSystems, type Systems } from '../server/systems.ts';
import type { Finding } from './finding.ts';

/** How long one system may take to answer. */
const ANSWER_MS = 10_000;

/** Makes the connectors of a configuration, asks each system for a sign of life, and closes them. */
export async function checkSystems(resolved: Resolved, clock: Clock): Promise<readonly Finding[]> {
  let made: Systems;
  try {
    made = makeSystems(resolved);
  } catch (error) {
    const remedy = isDatastoreError(error) ? error.remedy : 'Correct the configuration of the systems.';
    return [{ check: 'bindings', ok: false, detail: textOf(error), remedy }];
  }
  const findings = Object.entries(made.systems).map(async ([system, { connector }]): Promise<Finding> => {
    const check = `system ${system}`;
    const { signal } = new AbortController();
    try {
      const calls = createCalls({ system, clock, log: silentLog, signal, timeoutMs: ANSWER_MS });
      await calls.call((context) => connector.check(context));
      return { check, ok: true, detail: `${connector.kind} answers` };
    } catch (error) {
      return { check, ok: false, detail: textOf(error), remedy: remedyOf(error) };
    } finally {
      await connector.close().catch(() => {});
    }
  });
  return Promise.all(findings);
}

function remedyOf(error: unknown): string {
  const kind = error instanceof SystemError ? error.kind : 'down';
  if (kind === 'auth') return 'Correct the credentials of the connector.';
  if (kind === 'shape') return 'Check that the address is that of the system the connector is for, and its version.';
  return 'Check address, network and that the system runs. The server starts without it and catches up.';
}

function textOf(error: unknown): string {
  if (isDatastoreError(error)) return toWireError(error).message;
  return error instanceof Error ? error.message : String(error);
}
