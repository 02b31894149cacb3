import { describe } from 'vitest';
import { outageTests } from './connector/outages.ts';
import type { ConnectorSubject } from './connector/place.ts';
import { readingTests } from './connector/reading.ts';
import { writingTests } from './connector/writing.ts';

/** Checks that a stream keeps what its traits claim. Every connector runs it against the real system. */
export function connectorSuite(name: string, subject: ConnectorSubject): void {
  describe(`connector ${name}`, () => {
    readingTests(subject);
    writingTests(subject);
    outageTests(subject);
  });
}
