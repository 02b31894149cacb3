import { setFlagsFromString } from 'node:v8';

/** Part by which the heap may grow before it is collected as a whole; left to itself V8 lets it grow fourfold and more. */
const GROWTH_PERCENT = 100;

/**
 * Keeps the memory of this process near what it needs: documents pass through a server and leave garbage that V8, on a
 * machine with much memory, would hold on to. For processes that are a server and nothing else: it concerns all of the process.
 */
export function limitHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}
