import { parseArgs } from 'node:util';
import { PLANT_NAMES, type PlantName } from './server/plant-names.ts';

/** What the command line asks for. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'replay'; readonly file: string }
  | {
      readonly kind: 'run';
      readonly requests: number;
      readonly seed: number;
      /** Requests in a second. */
      readonly rate: number;
      readonly plants: readonly PlantName[];
      /** True: nothing but the JSON line on standard output. */
      readonly json: boolean;
    };

/** How the options are described. */
export const OPTIONS_TEXT = `Usage: npm run fuzz -- [options]
  --requests N   hostile requests (default 100000)
  --seed N       from which they are made (default 1); the same seed makes the same requests
  --rate N       requests in a second (default 700)
  --replay FILE  sends a request that was kept because of its answer, and says what is wrong with the answer now
  --plant NAMES  starts the server with deliberate faults, which must be found: ${PLANT_NAMES.join(', ')}
  --json         only the JSON line on standard output, the rest on standard error`;

/** Reads the command line. Throws a RangeError or TypeError that says what is wrong and what there is. */
export function parseCommand(args: readonly string[]): Command {
  const { values } = parseArgs({
    args: [...args],
    options: {
      requests: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      rate: { type: 'string', default: '700' },
      replay: { type: 'string' },
      plant: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return { kind: 'help' };
  if (values.replay !== undefined) return { kind: 'replay', file: values.replay };
  return {
    kind: 'run',
    requests: wholeNumber('--requests', values.requests, 100),
    seed: wholeNumber('--seed', values.seed, 0),
    rate: wholeNumber('--rate', values.rate, 1),
    plants: values.plant.split(',').filter(Boolean).map(plantName),
    json: values.json,
  };
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text.replaceAll('_', ''));
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${option} must be a whole number from ${least}, not "${text}".`);
  }
  return value;
}

function plantName(text: string): PlantName {
  const name = PLANT_NAMES.find((one) => one === text);
  if (name !== undefined) return name;
  throw new RangeError(`There is no deliberate fault "${text}". There are: ${PLANT_NAMES.join(', ')}.`);
}
