import { type Command, OPTIONS_TEXT, parseCommand } from './arguments.ts';
import { bundleProgram, type Place } from './bundle.ts';
import { runPlanted } from './planted.ts';
import { replay, runSeeds } from './run-seeds.ts';

/**
 * Runs what the command line asks for. Prints figures, and as its last line one JSON object. Returns the exit code: 0 if
 * no promise was broken, or, with a planted bug, if it was found.
 */
export async function runSimulate(args: readonly string[], place: Place): Promise<number> {
  const command = readCommand(args);
  if (typeof command === 'string') {
    console.error(command);
    return 1;
  }
  if (command.kind === 'help') {
    console.log(OPTIONS_TEXT);
    return 0;
  }
  if (command.kind === 'planted') return runPlanted(command, place);
  const program = await bundleProgram(place, command.plant);
  return command.kind === 'replay' ? replay(command, program) : runSeeds(command, program);
}

function readCommand(args: readonly string[]): Command | string {
  try {
    return parseCommand(args);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return error.message;
    throw error;
  }
}
