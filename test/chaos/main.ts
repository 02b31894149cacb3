import { benchFolder } from '../bench/folder.ts';
import { type Command, OPTIONS_TEXT, parseCommand } from './arguments.ts';
import { createPatientClock } from './patient-clock.ts';
import { isOk, jsonLine, problemText } from './report.ts';
import { SCENARIOS } from './scenarios.ts';
import { emptyTally, type Tally } from './tally.ts';

/**
 * Runs what the command line asks for. Prints every broken promise in a sentence, and as its last line one JSON object.
 * Returns the exit code: 0 if every promise was held.
 */
export async function runChaos(args: readonly string[]): Promise<number> {
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
  return run(command);
}

function readCommand(args: readonly string[]): Command | string {
  try {
    const names = SCENARIOS.map(({ name }) => name);
    return parseCommand(args, names, 1 + Math.floor(Math.random() * 1_000_000));
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return error.message;
    throw error;
  }
}

async function run(command: Command): Promise<number> {
  const say = command.json ? console.error : console.log;
  const tally = emptyTally();
  const started = performance.now();
  say(`Seed ${command.seed}`);
  for (const scenario of SCENARIOS) {
    if (command.only !== null && !command.only.includes(scenario.name)) continue;
    using folder = benchFolder();
    const clock = createPatientClock();
    const count = scenario.count(command);
    say(`\n${scenario.name}: ${scenario.summary} (${count})`);
    const note = (line: string) => say(`  ${line}`);
    try {
      await scenario.run({ folder: folder.path, seed: command.seed, count, tally, clock, note });
    } catch (error) {
      // What breaks one scenario leaves the others to be run.
      console.error(error);
      tally.broken.push(`${scenario.name}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      clock.close();
    }
  }
  return report(command, tally, { seconds: Math.round((performance.now() - started) / 1_000), say });
}

function report(
  command: Command,
  tally: Tally,
  { seconds, say }: { readonly seconds: number; readonly say: (text: string) => void },
): number {
  say(`\n${problemText(tally)}\n`);
  const strict = process.env['CI'] === 'true';
  const whole = command.only === null;
  console.log(jsonLine(tally, { seed: command.seed, seconds, whole, strict }));
  return isOk(tally, { whole, strict }) ? 0 : 1;
}
