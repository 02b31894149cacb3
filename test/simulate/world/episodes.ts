import type { Randomness } from '../virtual/randomness.ts';
import { type Action, type ActionKind, DEVICES, SYSTEMS } from './action.ts';

/** Actions that belong together. */
export interface Episode {
  readonly share: number;
  /** How long, milliseconds. */
  readonly lasts: number;
  /** The actions, `at` counted from its beginning. */
  readonly play: (random: Randomness) => readonly Action[];
}

/** Situations that chance alone seldom brings about, each with what it is to show. */
export const EPISODES: readonly Episode[] = [
  { share: 3, lasts: 400, play: burst },
  { share: 2, lasts: 9_500, play: catchUp },
  { share: 3, lasts: 13_000, play: goBack },
  { share: 2, lasts: 7_000, play: awayForLittle },
  { share: 1, lasts: 14_000, play: awayForLong },
  { share: 2, lasts: 4_000, play: editWhilePushed },
  { share: 2, lasts: 8_000, play: slowSystems },
  { share: 3, lasts: 3_000, play: race },
  { share: 1, lasts: 5_000, play: wrongClock },
  { share: 2, lasts: 3_000, play: vainRequest },
];

type Numbers = Partial<Pick<Action, 'a' | 'b'>>;

/** Makes actions; numbers that are not given are random. */
function scene(random: Randomness) {
  const actions: Action[] = [];
  const others = { edit: 4, count: 2, insert: 2 } as const;
  const kinds = Object.entries(others).flatMap(([kind, share]) => Array<ActionKind>(share).fill(kind as ActionKind));
  const add = (at: number, [kind, target]: readonly [ActionKind, string], numbers: Numbers = {}) =>
    void actions.push({ at, kind, target, a: random.next(), b: random.next(), ...numbers });
  const write = (at: number, target: string, numbers: Numbers = {}) => add(at, [random.pick(kinds), target], numbers);
  const syncAll = (at: number) => {
    for (const device of DEVICES) add(at, ['sync', device]);
  };
  const someone = random.pick(DEVICES);
  const rest = DEVICES.filter((device) => device !== someone);
  /** Whom `someone` shares the first scope with. */
  const neighbour = someone === 'r2' ? 'r1' : 'r2';
  return { actions, add, write, syncAll, someone, rest, neighbour };
}

/** For how long a line is cut or slow: what {@link Action.b} has to be. */
const lasting = (ms: number) => (ms - 500) / 12_000;

const CUT_BOTH_WAYS = 0.9;
const CUT_FOR_REQUESTS = 0.1;

/** Everybody writes at once, and then nobody does: what is not told of the last of it is told by nothing else. */
function burst(random: Randomness): readonly Action[] {
  const { actions, add, write } = scene(random);
  // Of notes the systems do not hear, so that nothing that they say comes after it.
  const numbers = random.chance(0.6) ? () => ({ b: 0.6 + random.next() * 0.4 }) : () => ({});
  for (let count = random.between(6, 12); count > 0; count -= 1) {
    if (random.chance(0.1)) add(random.int(300), ['system-edit', random.pick(SYSTEMS)]);
    else write(random.int(300), random.pick(DEVICES), numbers());
  }
  return actions;
}

/** A device comes back to several pages of news. */
function catchUp(random: Randomness): readonly Action[] {
  const { actions, add, someone, neighbour } = scene(random);
  if (random.chance(0.5)) add(0, ['partition', someone], { a: CUT_BOTH_WAYS, b: lasting(9_000) });
  else add(0, ['crash-device', someone], { a: 0.99 });
  for (let count = random.between(6, 14); count > 0; count -= 1) {
    add(random.int(3_500), [random.chance(0.8) ? 'insert' : 'edit', neighbour], { b: random.chance(0.7) ? 0.3 : 0.7 });
  }
  return actions;
}

/** The store goes back to a copy and on to where it was, with other commits, before a device sees any of it. */
function goBack(random: Randomness): readonly Action[] {
  const { actions, add, write, syncAll, someone, rest } = scene(random);
  syncAll(0);
  add(700, ['copy', 'server']);
  for (let count = random.between(1, 3); count > 0; count -= 1) write(random.between(800, 1_500), random.pick(rest));
  syncAll(2_000);
  add(2_800, ['partition', someone], { a: CUT_BOTH_WAYS, b: lasting(10_000) });
  add(2_900, ['restore', 'server'], { a: 0 });
  for (const device of rest) add(6_000, ['sync', device]);
  for (let count = random.between(2, 7); count > 0; count -= 1) write(random.between(6_500, 11_000), random.pick(rest));
  return actions;
}

/** Documents are deleted while a device is away, and tombstones are compacted that it still needs. */
function awayForLittle(random: Randomness): readonly Action[] {
  const { actions, add, someone, neighbour } = scene(random);
  add(0, ['insert', neighbour]);
  add(400, ['insert', neighbour]);
  add(1_200, ['sync', someone]);
  add(2_000, ['partition', someone], { a: CUT_BOTH_WAYS, b: lasting(4_900) });
  for (let count = random.between(2, 3); count > 0; count -= 1) add(2_100 + random.int(500), ['delete', neighbour]);
  add(4_500, ['compact', 'server']);
  add(6_000, ['compact', 'server']);
  return actions;
}

/** A device is away for longer than tombstones are kept. */
function awayForLong(random: Randomness): readonly Action[] {
  const { actions, add, write, someone, neighbour } = scene(random);
  add(0, ['insert', neighbour]);
  add(1_200, ['sync', someone]);
  add(2_000, ['partition', someone], { a: CUT_BOTH_WAYS, b: lasting(11_500) });
  for (let count = random.between(2, 3); count > 0; count -= 1) add(2_100 + random.int(500), ['delete', neighbour]);
  write(3_000 + random.int(1_000), neighbour);
  add(11_000, ['compact', 'server']);
  add(13_000, ['compact', 'server']);
  return actions;
}

/** One document is edited again and again, also while an edit of it is on its way. */
function editWhilePushed(random: Randomness): readonly Action[] {
  const { actions, add, someone, rest } = scene(random);
  const document = random.next();
  const datastore = random.chance(0.5) ? 0 : 0.6;
  if (random.chance(0.7)) add(0, ['slow', someone], { a: random.next() * 0.4, b: lasting(4_000) });
  if (random.chance(0.3)) add(0, ['busy', someone]);
  const count = random.chance(0.3);
  for (let left = random.between(5, 10); left > 0; left -= 1) {
    const who = random.chance(0.8) ? someone : random.pick(rest);
    const b = datastore + random.next() * 0.39;
    add(100 + random.int(3_000), [count ? 'count' : 'edit', who], { a: document, b });
  }
  return actions;
}

/** Reads and writes of external systems overlap each other and what devices do. */
function slowSystems(random: Randomness): readonly Action[] {
  const { actions, add } = scene(random);
  for (const system of SYSTEMS) add(0, ['slow', system], { a: random.next(), b: lasting(8_000) });
  if (random.chance(0.6)) add(0, ['busy', 'server']);
  for (let left = random.between(8, 16); left > 0; left -= 1) {
    const at = random.int(7_900);
    if (random.chance(0.2)) add(at, [random.pick(['system-edit', 'system-count'] as const), random.pick(SYSTEMS)]);
    else if (random.chance(0.5)) add(at, ['count', random.pick(['r1', 'r2'])], { b: random.next() * 0.59 });
    else add(at, ['edit', random.pick(DEVICES)], { b: random.next() * 0.59 });
  }
  return actions;
}

/** Two devices write the same item while a busy server tells the systems of it. */
function race(random: Randomness): readonly Action[] {
  const { actions, add } = scene(random);
  add(0, ['busy', 'server'], { a: 0.3 + random.next() * 0.7, b: lasting(3_000) });
  for (let left = random.between(3, 5); left > 0; left -= 1) {
    const at = random.int(2_900);
    const item = { a: random.next(), b: random.next() * 0.59 };
    const [kind, pair] = random.chance(0.5) ? (['count', ['r1', 'r2']] as const) : (['edit', ['r2', 'r3']] as const);
    for (const device of pair) add(at + random.int(20), [kind, device], item);
  }
  return actions;
}

/** The clock of the server is far ahead while external systems fail. */
function wrongClock(random: Randomness): readonly Action[] {
  const { actions, add } = scene(random);
  add(0, ['clock-server', 'server'], { a: 0.6 + random.next() * 0.4, b: random.next() * 0.59 });
  for (const system of SYSTEMS) {
    if (random.chance(0.7)) add(200 + random.int(1_000), ['outage', system], { b: lasting(9_000) });
  }
  for (let left = random.between(3, 6); left > 0; left -= 1) {
    add(random.between(500, 4_900), ['edit', random.pick(DEVICES)], { b: random.next() * 0.59 });
  }
  return actions;
}

/** A push is lost while the stream of pokes goes on. */
function vainRequest(random: Randomness): readonly Action[] {
  const { actions, add, write, someone } = scene(random);
  add(0, ['partition', someone], { a: CUT_FOR_REQUESTS, b: lasting(2_900) });
  for (let left = random.between(1, 3); left > 0; left -= 1) write(100 + random.int(2_500), someone);
  return actions;
}
