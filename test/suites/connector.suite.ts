import type { ConnectorSubject } from '@datastores/sync-server/conformance';
import { checkConnector } from '@datastores/sync-server/conformance';
import { describe, test } from 'vitest';

/** Runs the conformance kit under vitest. Every connector runs it against the real system. */
export function connectorSuite(name: string, subject: ConnectorSubject): void {
  describe(`connector ${name}`, () => {
    // What is not claimed is no test, rather than one that is skipped.
    for (const check of checkConnector(subject)) if (check.notApplicable === null) test(check.name, check.run);
  });
}
