import { DEEDS } from './deeds.ts';
import type { Random } from './seed/random.ts';
import type { DemoSystems } from './systems/start-systems.ts';

/** Business that goes on in the demo systems while replicas work. */
export interface Business {
  close(): Promise<void>;
}

/** How often something happens, and by which chance. */
export interface BusinessOptions {
  readonly everyMs: number;
  readonly random: Random;
}

/**
 * Changes something in one of the systems every few seconds: a price in the ERP, an order in the order system, a delivery
 * in the warehouse. What a system that is down misses, it misses.
 */
export function createBusiness(systems: DemoSystems, { everyMs, random }: BusinessOptions): Business {
  const stopped = new AbortController();
  const events = [DEEDS.price, DEEDS.order, DEEDS.delivery];
  let running: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    running = running
      .then(() => random.pick(events)({ systems, random, signal: stopped.signal }))
      .catch(() => undefined);
  }, everyMs);
  return {
    async close() {
      clearInterval(timer);
      stopped.abort();
      await running;
    },
  };
}
