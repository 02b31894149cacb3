import { DEEDS, type Deed } from '../deeds.ts';
import { createRandom } from '../seed/random.ts';
import type { Demo } from '../start-demo.ts';
import type { DemoSystems } from '../systems/start-systems.ts';

/** What the shop floor shows of the business systems, and does in them. */
export interface World {
  describe(demo: Demo): Promise<WorldState>;
  /** False if there is no such system. */
  setDown(demo: Demo, name: string, down: boolean): boolean;
  /** False if there is no such deed. What a system that is down refuses is among the events. */
  act(demo: Demo, name: string): Promise<boolean>;
}

interface WorldState {
  readonly systems: readonly {
    readonly name: string;
    readonly about: string;
    readonly down: boolean;
    readonly state: string;
    readonly waiting: number;
  }[];
  readonly events: readonly WorldEvent[];
}

interface WorldEvent {
  readonly at: number;
  readonly text: string;
}

type SystemName = Exclude<keyof DemoSystems, 'close'>;

const ABOUT: Readonly<Record<SystemName, string>> = {
  erp: 'prices, debtors',
  pim: 'texts, tags',
  crm: 'customers',
  wms: 'stock',
  oms: 'orders',
};
const NAMES = Object.keys(ABOUT) as SystemName[];
const MOST_EVENTS = 8;

/** The outside world of one demo. */
export function createWorld(): World {
  const random = createRandom(Date.now());
  const events: WorldEvent[] = [];
  const note = (text: string) => {
    events.unshift({ at: Date.now(), text });
    events.length = Math.min(events.length, MOST_EVENTS);
  };
  return {
    async describe({ systems, systemStatus, server }) {
      const [known, { store }] = await Promise.all([systemStatus(), server.status()]);
      const waiting = (name: string) =>
        (store?.outbox ?? []).filter(({ system }) => system === name).reduce((sum, { rows }) => sum + rows, 0);
      return {
        events,
        systems: NAMES.map((name) => ({
          name,
          about: ABOUT[name],
          down: systems[name].isDown(),
          state: known.find(({ system }) => system === name)?.state ?? 'unknown',
          waiting: waiting(name),
        })),
      };
    },
    setDown({ systems }, name, down) {
      if (!isSystem(name)) return false;
      systems[name].setDown(down);
      note(down ? `The ${name.toUpperCase()} failed.` : `The ${name.toUpperCase()} is back.`);
      return true;
    },
    async act({ systems }, name) {
      const deed = Object.hasOwn(DEEDS, name) ? (DEEDS as Readonly<Record<string, Deed>>)[name] : undefined;
      if (deed === undefined) return false;
      const done = deed({ systems, random, signal: AbortSignal.timeout(5_000) });
      note(await done.catch(() => 'The system that this needs is down.'));
      return true;
    },
  };
}

function isSystem(name: string): name is SystemName {
  return Object.hasOwn(ABOUT, name);
}
