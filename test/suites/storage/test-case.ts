import type { Place } from './place.ts';

/** Registers one test of the suite; each gets a place of its own. */
export type Check = (title: string, run: (place: Place) => Promise<void>) => void;
