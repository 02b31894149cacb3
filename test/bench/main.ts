import { type Command, OPTIONS_TEXT, parseCommand } from './arguments.ts';
import { benchFolder } from './folder.ts';
import { failureLine, figureTable, isOk, jsonLine, profileTable, verdictTable } from './report.ts';
import { judge } from './verdict.ts';
import type { Bench, Workload } from './workload.ts';
import { WORKLOADS } from './workloads.ts';

type Run = Extract<Command, { kind: 'run' }>;

/**
 * Runs what the command line asks for. Prints figures and targets as tables, and as its last line one JSON object. Returns
 * the exit code: 0 if every target was met.
 */
export async function runBench(args: readonly string[]): Promise<number> {
  const command = readCommand(args);
  if (typeof command === 'string') {
    console.error(command);
    return 1;
  }
  if (command.kind === 'list') {
    console.log(listText());
    return 0;
  }
  return command.profile ? profileAll(command) : runAll(command);
}

function readCommand(args: readonly string[]): Command | string {
  try {
    return parseCommand(args, WORKLOADS);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return error.message;
    throw error;
  }
}

function listText(): string {
  const lines = WORKLOADS.map(({ name, summary, docs }) => `  ${name.padEnd(14)}${summary} (--docs ${docs})`);
  return ['Workloads:', ...lines, `  ${'all'.padEnd(14)}all of them, one after the other`, '', OPTIONS_TEXT].join('\n');
}

async function runAll(command: Run): Promise<number> {
  const say = command.json ? console.error : console.log;
  const results: Record<string, unknown> = {};
  let ok = true;
  let line = '';
  for (const [workload, clients] of runsOf(command)) {
    using folder = benchFolder();
    const title = titleOf(workload, clients);
    say(`\n${title}: ${workload.summary}`);
    try {
      const figures = await workload.run({ ...benchOf(command, workload, clients), folder: folder.path });
      const verdicts = judge({ workload: workload.name, clients, figures });
      say(`\n${figureTable(figures)}\n\n${verdictTable(verdicts)}\n`);
      ok &&= isOk(verdicts);
      line = jsonLine(workload.name, figures, verdicts);
    } catch (error) {
      // What breaks one workload leaves the others measurable.
      console.error(error);
      ok = false;
      line = failureLine(workload.name, error);
    }
    results[title] = JSON.parse(line);
  }
  console.log(command.workloads.length === 1 ? line : JSON.stringify({ ok, workloads: results }));
  return ok ? 0 : 1;
}

async function profileAll(command: Run): Promise<number> {
  for (const [workload, clients] of runsOf(command)) {
    using folder = benchFolder();
    console.log(`\n${titleOf(workload, clients)}: ${workload.summary}`);
    const profiles = await workload.profile({ ...benchOf(command, workload, clients), folder: folder.path });
    for (const profile of profiles) console.log(`\n${profileTable(profile)}`);
  }
  return 0;
}

/** A workload whose targets depend on the number of replicas is run by `all` with each of these. */
function runsOf({ workloads, clients }: Run): readonly (readonly [Workload, number])[] {
  return workloads.flatMap((workload) => {
    const numbers = clients === null && workloads.length > 1 ? (workload.alsoClients ?? []) : [];
    return [clients ?? workload.clients, ...numbers].map((number) => [workload, number] as const);
  });
}

function titleOf({ name, clients: usual }: Workload, clients: number): string {
  return clients === usual ? name : `${name} --clients ${clients}`;
}

function benchOf(command: Run, workload: Workload, clients: number): Omit<Bench, 'folder'> {
  const { rounds, datastore, search } = command;
  const docs = command.docs ?? workload.docs;
  return { docs, rounds, clients, datastore, search, note: (line) => console.error(`  ${line}`) };
}
