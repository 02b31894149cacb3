import { resolve } from 'node:path';

const LISTENERS = new Map<string, Set<(problem: string) => void>>();

/** Calls `listener` whenever a read or write of this process meets damage in the file. Returns how to stop listening. */
export function onDamage(filename: string, listener: (problem: string) => void): () => void {
  const file = resolve(filename);
  const listeners = LISTENERS.get(file) ?? new Set();
  LISTENERS.set(file, listeners.add(listener));
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) LISTENERS.delete(file);
  };
}

/** Tells that a file is damaged. */
export function metDamage(filename: string, problem: string): void {
  for (const listener of LISTENERS.get(resolve(filename)) ?? []) listener(problem);
}
