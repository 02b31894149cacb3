import { isDatastoreError } from '@datastores/core';
import { toWireError } from '@datastores/core/protocol';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { bridge } from './bridge.ts';
import { checkConnectorFile } from './check-connector.ts';
import { configPrint } from './config-print.ts';
import { addDecisionCommands } from './decision-commands.ts';
import { doctor } from './doctor.ts';
import { doctorReplica } from './doctor-replica.ts';
import { EXIT, exitCodeOf } from './exit.ts';
import { explainDocument } from './explain.ts';
import { dropDeadLetter, foundDeadLetter, listDeadLetters, retryDeadLetters } from './letters.ts';
import { migrateStore } from './migrate.ts';
import { listParked } from './parked.ts';
import { type ReconcileOptions, reconcile } from './reconcile.ts';
import { serve } from './serve.ts';
import { status } from './status.ts';
import type { Terminal } from './terminal.ts';
import { parseDuration, tokenCreate } from './token-create.ts';

/** Runs one command line (without the program's name) and says which code to exit with. Never throws. */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = EXIT.ok;
  const program = commands(terminal, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    terminal.err(describeError(error, program.opts<{ verbose?: boolean }>().verbose === true));
    return exitCodeOf(error);
  }
}

type Run<Options> = (terminal: Terminal, options: Options) => Promise<number>;

function commands(terminal: Terminal, done: (code: number) => void): Command {
  const program = new Command('datastores')
    .description('The sync server of datastores')
    .option('--config <file>', 'configuration file (default: datastores.config.ts here)')
    .option('--verbose', 'show where an error comes from')
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .showHelpAfterError('(see --help)');
  const run =
    <Options extends object>(command: Run<Options>) =>
    async (_options: unknown, self: Command) =>
      done(await command(terminal, self.optsWithGlobals() as Options));

  program.command('serve').description('run the server').action(run(serve));
  program
    .command('bridge')
    .description('run a server that relays a central one, for the devices of a place')
    .option('--centre <url>', "the central server's tRPC routes (or DATASTORES_CENTRE_URL)")
    .option('--name <name>', 'how the central server knows this bridge (or DATASTORES_BRIDGE_NAME)')
    .action(run(bridge));
  program
    .command('status')
    .description('what the running server, or its data folder, holds')
    .option('--json', 'print JSON')
    .option('--url <url>', 'address of the server')
    .option('--token <token>', 'token with the role admin (or DATASTORES_TOKEN)')
    .action(run(status));
  program
    .command('doctor')
    .description('look for what is wrong and say what to do')
    .option('--json', 'print JSON')
    .option('--replica <folder>', 'look at a replica that is not open, in place of the server')
    .option('--url <url>', "the server's tRPC routes to compare a replica with (or DATASTORES_URL)")
    .option('--token <token>', 'token for that (or DATASTORES_TOKEN)')
    .action(run(doctorOf));
  program
    .command('migrate')
    .description('bring the store to the schema of this version')
    .option('--dry-run', 'only say which steps are due')
    .option('--json', 'print JSON')
    .action(run(migrateStore));
  addOperatorCommands(program, terminal, done);
  program
    .command('reconcile <system> [stream]')
    .description('compare a system with the store and say what differs')
    .option('--repair', 'repair it by the rules of the bindings')
    .option('--full', 'read every record, whatever its digest')
    .option('--allow-mass', 'delete or create however many it takes')
    .option('--json', 'print JSON')
    .option('--url <url>', 'address of the server')
    .option('--token <token>', 'token with the role admin (or DATASTORES_TOKEN)')
    .action(async (...[system, stream, , self]: [string, string | undefined, unknown, Command]) =>
      done(await reconcile(terminal, { system, stream }, self.optsWithGlobals() as ReconcileOptions)),
    );
  addDecisionCommands(program, terminal, done);
  program
    .command('check-connector <file>')
    .description('run the conformance kit on the subject that a file exports; ends with a line of JSON')
    .action(async (file: string) => done(await checkConnectorFile(terminal, file)));
  program
    .command('token')
    .description('access tokens')
    .command('create')
    .description('print a development token')
    .option('--subject <name>', 'who the token is for', 'developer')
    .option('--scope <name>', 'a scope it may read and write, repeatable (default: main)', collect, [])
    .option('--role <name>', 'a role, repeatable (admin: may read the status)', collect, [])
    .option('--ttl <duration>', 'how long it is valid: 90s, 30m, 12h, 7d', duration, 12 * 3_600_000)
    .option('--json', 'print JSON')
    .action(run(tokenCreate));
  program
    .command('config')
    .description('the configuration')
    .command('print')
    .description('every entry in force and where it comes from; secrets are not shown')
    .option('--json', 'print JSON')
    .action(run(configPrint));
  return program;
}

/** Commands about single documents and writes; all of them ask the running server. */
function addOperatorCommands(program: Command, terminal: Terminal, done: (code: number) => void): void {
  const asking = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--json', 'print JSON')
      .option('--url <url>', 'address of the server')
      .option('--token <token>', 'token with the role admin (or DATASTORES_TOKEN)');
  const explaining = asking(
    'explain <datastore> <id> [field]',
    'why a document or a field is as it is, and how it came',
  );
  explaining.option('--scope <name>', 'scope of the document, where several have one of that id').action(async () => {
    const [datastore = '', id = '', field] = explaining.args;
    const about = { datastore, id, ...(field === undefined ? {} : { field }) };
    done(await explainDocument(terminal, { ...explaining.optsWithGlobals(), ...about }));
  });
  asking('dlq', 'the dead letters: writes for external systems that were given up')
    .option('--system <name>', 'only those for one system')
    .action(async (_options: unknown, self: Command) => done(await listDeadLetters(terminal, self.optsWithGlobals())));
  asking('retry [write-id...]', 'take dead letters up again, in their place and under their write id')
    .option('--system <name>', 'all those for one system')
    .option('--all', 'all of them')
    .option('--not-applied', 'you have looked over there: what may have been applied was not')
    .action(async (writeIds: readonly string[], _options: unknown, self: Command) =>
      done(await retryDeadLetters(terminal, { ...self.optsWithGlobals(), writeIds })),
    );
  const finding = asking(
    'found <write-id> <key>',
    'you have looked: the letter was applied, in the record of this key',
  );
  finding.action(async () => {
    const [writeId = '', key = ''] = finding.args;
    done(await foundDeadLetter(terminal, { ...finding.optsWithGlobals(), writeId, key }));
  });
  asking('drop <write-id>', 'give a dead letter up: its document takes over what the system has')
    .option('--yes', 'that is meant')
    .action(async (writeId: string, _options: unknown, self: Command) =>
      done(await dropDeadLetter(terminal, { ...self.optsWithGlobals(), writeId })),
    );
  asking('parked', 'records that wait for others, or that were set aside').action(
    async (_options: unknown, self: Command) => done(await listParked(terminal, self.optsWithGlobals())),
  );
}

type DoctorOptions = Parameters<typeof doctor>[1] & Partial<Parameters<typeof doctorReplica>[1]>;

function doctorOf(terminal: Terminal, { replica, ...options }: DoctorOptions): Promise<number> {
  return replica === undefined ? doctor(terminal, options) : doctorReplica(terminal, { ...options, replica });
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError('Write a number with s, m, h or d, e.g. 12h.');
  return ms;
}

function describeError(error: unknown, verbose: boolean): string {
  const stack = verbose && error instanceof Error ? `${error.stack ?? ''}\n` : '';
  if (!isDatastoreError(error)) return `${error instanceof Error ? error.message : String(error)}\n${stack}`;
  return `${error.code}: ${toWireError(error).message}\n  ${error.remedy}\n${stack}`;
}
