import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface Command {
  readonly kills: number;
  readonly partitions: number;
  readonly restores: number;
  readonly seed: number;
  /** Names of the scenarios to run; null: all. */
  readonly only: readonly string[] | null;
  /** Names of the bugs that are planted in controls; null: all. */
  readonly plants: readonly string[] | null;
  /** True: nothing but the JSON line on standard output. */
  readonly json: boolean;
  readonly help: boolean;
}

/** How the options are described. */
export const OPTIONS_TEXT = `Usage: npm run chaos -- [options]
  --kills N         kill -9 of a replica or the server at work (default 500); the other faults follow in proportion
  --partitions N    episodes of a failing line between replica and server (default 200)
  --restores N      times that the server is put back to an older copy of its database (default 50)
  --seed N          where the randomness starts (default: drawn, and printed)
  --only A,B        only these scenarios
  --plants A,B      in the scenario "controls", only these bugs
  --json            only the JSON line on standard output, the rest on standard error`;

/** Names that may be given. */
export interface Known {
  readonly scenarios: readonly string[];
  readonly plants: readonly string[];
}

/** Reads the command line. Throws a RangeError or TypeError that says what is wrong and what there is. */
export function parseCommand(args: readonly string[], known: Known, drawnSeed: number): Command {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: 'string', default: '500' },
      partitions: { type: 'string', default: '200' },
      restores: { type: 'string', default: '50' },
      seed: { type: 'string', default: `${drawnSeed}` },
      only: { type: 'string' },
      plants: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    kills: wholeNumber('--kills', values.kills),
    partitions: wholeNumber('--partitions', values.partitions),
    restores: wholeNumber('--restores', values.restores),
    seed: wholeNumber('--seed', values.seed),
    only: namesIn(values.only, 'scenario', known.scenarios),
    plants: namesIn(values.plants, 'plant', known.plants),
    json: values.json,
    help: values.help,
  };
}

function namesIn(text: string | undefined, kind: string, known: readonly string[]): readonly string[] | null {
  const names = text?.split(',') ?? null;
  const unknown = names?.find((name) => !known.includes(name));
  if (unknown === undefined) return names;
  throw new RangeError(`There is no ${kind} "${unknown}". There are: ${known.join(', ')}.`);
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`${option} must be a whole number from 1, not "${text}".`);
  }
  return value;
}
