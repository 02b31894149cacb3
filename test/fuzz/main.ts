import { benchFolder } from '../bench/folder.ts';
import { type Command, OPTIONS_TEXT, parseCommand } from './arguments.ts';
import { runCampaign } from './campaign.ts';
import { jsonLine, missed } from './figures.ts';
import { replay } from './replay.ts';

/**
 * Runs what the command line asks for. Prints what is found, and as its last line one JSON object. Returns the exit code:
 * 0 if every promise was held.
 */
export async function runFuzz(args: readonly string[]): Promise<number> {
  const command = readCommand(args);
  if (typeof command === 'string') {
    console.error(command);
    return 1;
  }
  if (command.kind === 'help') {
    console.log(OPTIONS_TEXT);
    return 0;
  }
  using folder = benchFolder();
  if (command.kind === 'replay') return (await replay(command.file, folder.path)) ? 0 : 1;
  const note = (line: string) => (command.json ? console.error : console.log)(`  ${line}`);
  try {
    const { figures, replies } = await runCampaign({ ...command, folder: folder.path, note });
    console.log(jsonLine(figures, replies));
    return missed(figures).length === 0 ? 0 : 1;
  } catch (error) {
    console.error(error);
    console.log(
      JSON.stringify({ ok: false, error: error instanceof Error ? error.message.split('\n')[0] : String(error) }),
    );
    return 1;
  }
}

function readCommand(args: readonly string[]): Command | string {
  try {
    return parseCommand(args);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return `${error.message}\n\n${OPTIONS_TEXT}`;
    throw error;
  }
}
