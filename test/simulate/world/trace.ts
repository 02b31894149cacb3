import { createHash } from 'node:crypto';

/** What happened, as a hash: two runs with the same hash did the same. */
export interface Trace {
  /** Adds a line. `detail` is only told, and no part of the hash. */
  add(line: string, detail?: string): void;
  hash(): string;
}

/** Makes an empty trace. `say` is also told each line. */
export function createTrace(say: ((line: string) => void) | null): Trace {
  const hash = createHash('sha256');
  return {
    add(line, detail) {
      hash.update(line);
      hash.update('\n');
      say?.(detail === undefined ? line : `${line} ${detail}`);
    },
    hash: () => hash.copy().digest('hex').slice(0, 16),
  };
}
