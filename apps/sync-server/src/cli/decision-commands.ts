import type { Command } from 'commander';
import { type AnswerOptions, answer, type QuestionsOptions, questions } from './questions.ts';
import { type RemapOptions, remap } from './remap.ts';
import type { Terminal } from './terminal.ts';

/** Adds the commands by which a person decides what the server does not: fields that both sides changed, raised mappings. */
export function addDecisionCommands(program: Command, terminal: Terminal, done: (code: number) => void): void {
  program
    .command('questions')
    .description('the fields that were changed here and over there, for a person to decide')
    .option('--json', 'print JSON')
    .option('--url <url>', 'address of the server')
    .option('--token <token>', 'token with the role admin (or DATASTORES_TOKEN)')
    .action(async (_options: unknown, self: Command) =>
      done(await questions(terminal, self.optsWithGlobals() as QuestionsOptions)),
    );
  program
    .command('answer <question> [side]')
    .description('decide such a field: "here", "there", or a value of your own')
    .option('--value <json>', 'the value that both sides get, as JSON')
    .option('--json', 'print JSON')
    .option('--url <url>', 'address of the server')
    .option('--token <token>', 'token with the role admin (or DATASTORES_TOKEN)')
    .action(async (...[question, side, , self]: [string, string | undefined, unknown, Command]) =>
      done(await answer(terminal, { question, side }, self.optsWithGlobals() as AnswerOptions)),
    );
  program
    .command('remap <system> [stream]')
    .description('let a raised mapping go that is held, or say what it would change')
    .option('--dry-run', 'look at what it would make of the records that are kept, write nothing')
    .option('--json', 'print JSON')
    .option('--url <url>', 'address of the server')
    .option('--token <token>', 'token with the role admin (or DATASTORES_TOKEN)')
    .action(async (...[system, stream, , self]: [string, string | undefined, unknown, Command]) =>
      done(await remap(terminal, { system, stream }, self.optsWithGlobals() as RemapOptions)),
    );
}
