import type { Place } from '../simulate/bundle.ts';
import { type Command, OPTIONS_TEXT, parseCommand } from './arguments.ts';
import { CONTROLS, type Control } from './controls/controls.ts';
import { runControl } from './controls/run-control.ts';
import { chaosPrograms } from './programs.ts';
import { isOk, jsonLine, problemText } from './report.ts';
import { runScenario } from './run-scenario.ts';
import { SCENARIOS } from './scenarios.ts';
import { emptyTally, type Tally } from './tally.ts';

/** Time in which everything must be in sync; a request that never ends is given up after one minute. */
const LIMIT_MS = 150_000;

/**
 * Runs what the command line asks for. Prints every broken promise in a sentence, and as its last line one JSON object.
 * Returns the exit code: 0 if every promise was held, and every planted bug of the controls found.
 */
export async function runChaos(args: readonly string[], place: Place): Promise<number> {
  const command = readCommand(args);
  if (typeof command === 'string') {
    console.error(command);
    return 1;
  }
  if (command.help) {
    const lines = SCENARIOS.map(({ name, summary }) => `  ${name.padEnd(14)}${summary}`);
    console.log(['Scenarios:', ...lines, '', OPTIONS_TEXT].join('\n'));
    return 0;
  }
  return run(command, place);
}

function readCommand(args: readonly string[]): Command | string {
  try {
    const scenarios = [...SCENARIOS.map(({ name }) => name), 'controls'];
    const plants = [...new Set(CONTROLS.map(({ plant }) => plant))];
    return parseCommand(args, { scenarios, plants }, 1 + Math.floor(Math.random() * 1_000_000));
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return error.message;
    throw error;
  }
}

async function run(command: Command, place: Place): Promise<number> {
  const say = command.json ? console.error : console.log;
  const note = (line: string) => say(`  ${line}`);
  const tally = emptyTally();
  const started = performance.now();
  const isWanted = (name: string) => command.only === null || command.only.includes(name);
  say(`Seed ${command.seed}`);
  const programs = await chaosPrograms(place, null);
  for (const scenario of SCENARIOS) {
    if (!isWanted(scenario.name)) continue;
    const count = scenario.count(command);
    say(`\n${scenario.name}: ${scenario.summary} (${count})`);
    await runScenario(scenario, { programs, limitMs: LIMIT_MS, seed: command.seed, count, tally, note });
  }
  const controls = CONTROLS.filter(({ plant }) => command.plants?.includes(plant) ?? true);
  if (isWanted('controls')) await runControls(tally, controls, { place, seed: command.seed, note });
  return report(command, tally, { seconds: Math.round((performance.now() - started) / 1_000), say });
}

async function runControls(
  tally: Tally,
  controls: readonly Control[],
  means: { readonly place: Place; readonly seed: number; readonly note: (line: string) => void },
): Promise<void> {
  means.note(`\ncontrols: planted bugs that must be found (${controls.length})`);
  for (const control of controls) {
    const result = await runControl(control, means);
    tally.controls.push(result);
    if (result.skipped !== undefined) tally.skipped.push(`control ${result.name}: ${result.skipped}`);
  }
}

function report(
  command: Command,
  tally: Tally,
  { seconds, say }: { readonly seconds: number; readonly say: (text: string) => void },
): number {
  say(`\n${problemText(tally)}\n`);
  const strict = process.env['CI'] === 'true';
  console.log(jsonLine(tally, { seed: command.seed, seconds, strict }));
  return isOk(tally, { strict }) ? 0 : 1;
}
