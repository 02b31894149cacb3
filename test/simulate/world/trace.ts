import { createHash } from 'node:crypto';

/** What happened, as a hash: two runs with the same hash did the same. */
export interface Trace {
  add(line: string): void;
  hash(): string;
}

/** Makes an empty trace. `say` is also told each line. */
export function createTrace(say: ((line: string) => void) | null): Trace {
  const hash = createHash('sha256');
  return {
    add(line) {
      hash.update(line);
      hash.update('\n');
      say?.(line);
    },
    hash: () => hash.copy().digest('hex').slice(0, 16),
  };
}
