import { createRandomness, type Randomness } from '../virtual/randomness.ts';

/** One thing that is done to the world at a time, milliseconds from its start. What exactly, follows from the two numbers in [0, 1). */
export interface Action {
  readonly at: number;
  readonly kind: ActionKind;
  readonly target: string;
  readonly a: number;
  readonly b: number;
}

/** Everything that can be done to the world. */
export type ActionKind = keyof typeof WORK | keyof typeof FAULTS;

/** How many devices there are. */
export const DEVICES = ['r1', 'r2', 'r3'] as const;

/** The external systems. */
export const SYSTEMS = ['erp', 'shop'] as const;

const LINES = [...DEVICES, ...SYSTEMS];

/** Ordinary work, with its share. */
const WORK = {
  edit: { share: 34, targets: DEVICES },
  insert: { share: 14, targets: DEVICES },
  delete: { share: 8, targets: DEVICES },
  count: { share: 18, targets: ['r1', 'r2'] },
  sync: { share: 3, targets: DEVICES },
  'system-edit': { share: 8, targets: SYSTEMS },
  'system-count': { share: 6, targets: SYSTEMS },
  'system-insert': { share: 5, targets: SYSTEMS },
  'system-remove': { share: 4, targets: SYSTEMS },
} as const;

/** What goes wrong, with its share where it is part of a plan. */
const FAULTS = {
  weather: { share: 30, targets: LINES },
  partition: { share: 12, targets: LINES },
  'crash-device': { share: 10, targets: DEVICES },
  'crash-device-within': { share: 14, targets: DEVICES },
  'reopen-device': { share: 4, targets: DEVICES },
  'crash-server': { share: 8, targets: ['server'] },
  'crash-server-within': { share: 10, targets: ['server'] },
  'disk-device': { share: 8, targets: DEVICES },
  'disk-server': { share: 5, targets: ['server'] },
  'clock-device': { share: 6, targets: DEVICES },
  'clock-server': { share: 3, targets: ['server'] },
  copy: { share: 5, targets: ['server'] },
  restore: { share: 5, targets: ['server'] },
  scopes: { share: 8, targets: ['r2', 'r3'] },
  compact: { share: 6, targets: ['server'] },
  outage: { share: 5, targets: SYSTEMS },
  'lose-cursors': { share: 3, targets: SYSTEMS },
} as const;

/** How long things are done to a world, milliseconds. */
export const STORM_MS = 24_000;

const WORK_ACTIONS = 26;
const FAULT_ACTIONS = 9;

/** The plan of a seed. Not every seed has every kind of fault, so that what one hides another shows. */
export function planOf(seed: number): readonly Action[] {
  const random = createRandomness(seed, 'plan');
  const faults = Object.entries(FAULTS).filter(() => random.chance(0.45));
  const work = Object.entries(WORK);
  const actions: Action[] = [];
  for (let count = 0; count < WORK_ACTIONS; count += 1) actions.push(actionOf(random, work));
  if (faults.length > 0) {
    for (let count = 0; count < FAULT_ACTIONS; count += 1) actions.push(actionOf(random, faults));
  }
  return actions.sort((one, other) => one.at - other.at);
}

type Shares = readonly (readonly [string, { readonly share: number; readonly targets: readonly string[] }])[];

function actionOf(random: Randomness, kinds: Shares): Action {
  let left = random.next() * kinds.reduce((sum, [, { share }]) => sum + share, 0);
  const [kind, { targets }] = kinds.find(([, { share }]) => {
    left -= share;
    return left < 0;
  }) as Shares[number];
  return {
    at: random.int(STORM_MS),
    kind: kind as ActionKind,
    target: random.pick(targets),
    a: random.next(),
    b: random.next(),
  };
}
