import type { SearchPlace } from './place.ts';

/** Registers one test of the suite; each gets a place of its own. */
export type Check = (title: string, run: (place: SearchPlace) => Promise<void>, timeoutMs?: number) => void;
