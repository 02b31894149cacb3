/** One thing that is done to the world at a time, milliseconds from its start. What exactly, follows from the two numbers in [0, 1). */
export interface Action {
  readonly at: number;
  readonly kind: ActionKind;
  readonly target: string;
  readonly a: number;
  readonly b: number;
}

/** Everything that can be done to the world. */
export type ActionKind = keyof typeof WORK | keyof typeof FAULTS | (typeof ARRANGEMENTS)[number];

/** How many devices there are. */
export const DEVICES = ['r1', 'r2', 'r3'] as const;

/** The external systems. */
export const SYSTEMS = ['erp', 'shop'] as const;

const LINES = [...DEVICES, ...SYSTEMS];

/** Ordinary work, with its share. */
export const WORK = {
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
export const FAULTS = {
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

/**
 * What is not wrong, and lets faults show that other surroundings hide: how long tokens last, how many rows a page has, how
 * slowly pokes are read, how long a line takes, how long a process leaves what it put off for its next turn.
 */
export const ARRANGEMENTS = ['tokens', 'pages', 'readers', 'slow', 'busy'] as const;

/** How long things are done to a world, milliseconds. */
export const STORM_MS = 24_000;
