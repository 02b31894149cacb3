import { parseArgs } from 'node:util';
import type { Plant } from './plants/plant.ts';
import { PLANTS } from './plants/plants.ts';

/** What the command line asks for. */
export interface Command {
  readonly kind: 'run' | 'replay' | 'planted' | 'help';
  /** The first seed, or the only one. */
  readonly seed: number;
  /** At least so many seeds and steps. */
  readonly seeds: number;
  readonly steps: number;
  /** Of the plan of one seed only these actions; null: all. */
  readonly keep: readonly number[] | null;
  /** The bug that is planted, or the first of them. */
  readonly plant: Plant | null;
  /** The bugs that are planted in turn; empty: all. */
  readonly plants: readonly Plant[];
  readonly workers: number;
  /** Nothing but the JSON line on standard output. */
  readonly json: boolean;
}

/** How the options are described. */
export const OPTIONS_TEXT = `Usage: npm run simulate -- [options]
  --seeds N       at least so many seeds (default 200; with --steps 2,000)
  --steps N       at least so many steps
  --from N        the first seed (default 1)
  --seed N        one seed, with everything that happens in it on standard error
  --keep A,B,…    with --seed: only these actions of its plan, or none
  --plant NAME    with a bug planted; the run is to find it
  --planted       plant each bug in turn and say after how many seeds it is found (at most --seeds, default 2,000);
                  with --plant A,B,…: these bugs
  --workers N     processes (default 2)
  --json          only the JSON line on standard output`;

/** Reads the command line. Throws a RangeError or TypeError that says what is wrong and what there is. */
export function parseCommand(args: readonly string[]): Command {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string' },
      steps: { type: 'string' },
      from: { type: 'string' },
      seed: { type: 'string' },
      keep: { type: 'string' },
      plant: { type: 'string' },
      planted: { type: 'boolean', default: false },
      workers: { type: 'string', default: '2' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { seed, keep } = values;
  if (keep !== undefined && seed === undefined)
    throw new TypeError('--keep needs --seed: it names actions of one seed.');
  const plants = values.plant === undefined ? [] : values.plant.split(',').map(plantOf);
  if (plants.length > 1 && !values.planted) throw new TypeError('Several bugs in turn need --planted.');
  const many = values.planted || values.steps !== undefined;
  return {
    kind: values.help ? 'help' : values.planted ? 'planted' : seed === undefined ? 'run' : 'replay',
    seed: wholeNumber('--seed', seed ?? values.from ?? '1', 1),
    seeds: wholeNumber('--seeds', values.seeds ?? (many ? '2000' : '200'), 1),
    steps: wholeNumber('--steps', values.steps ?? '0', 0),
    keep:
      keep === undefined
        ? null
        : keep === 'none'
          ? []
          : keep.split(',').map((index) => wholeNumber('--keep', index, 0)),
    plant: plants[0] ?? null,
    plants,
    workers: wholeNumber('--workers', values.workers, 1),
    json: values.json,
  };
}

function plantOf(name: string): Plant {
  const plant = PLANTS.find((one) => one.name === name);
  if (plant !== undefined) return plant;
  throw new RangeError(`There is no plant "${name}". There are: ${PLANTS.map((one) => one.name).join(', ')}.`);
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text.replaceAll('_', ''));
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${option} must be a whole number from ${least}, not "${text}".`);
  }
  return value;
}
