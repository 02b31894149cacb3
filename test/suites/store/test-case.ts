import type { StorePlace } from './place.ts';

/** Adds one test to the suite. It gets a place of its own, which is gone afterwards. */
export type Check = (title: string, run: (place: StorePlace) => Promise<void>) => void;
