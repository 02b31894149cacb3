import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Job } from './simulate-process.ts';
import type { SimulationResult } from './simulation.ts';

/** Runs simulations in a process of its own. */
export interface Worker {
  run(job: Job): Promise<SimulationResult>;
  close(): Promise<void>;
}

/** What the process answers. */
type Answer = { readonly ready: true } | { readonly result: SimulationResult } | { readonly failure: string };

/** After so many seeds a process makes room for a new one: what a simulated crash leaves behind is never collected. */
const SEEDS_PER_PROCESS = 60;

/** A worker that runs a program that {@link bundleProgram} has made. */
export function createWorker(program: string): Worker {
  let child: ChildProcess | null = null;
  let seeds = 0;

  async function begin(): Promise<ChildProcess> {
    seeds = 0;
    const begun = fork(program, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await once(begun, 'message');
    child = begun;
    return begun;
  }

  async function end(): Promise<void> {
    const ending = child;
    child = null;
    if (ending === null || ending.exitCode !== null) return;
    const ended = once(ending, 'exit');
    ending.kill('SIGKILL');
    await ended;
  }

  return {
    async run(job) {
      if (seeds >= SEEDS_PER_PROCESS) await end();
      const running = child ?? (await begin());
      seeds += 1;
      const answer = await ask(running, job);
      if ('result' in answer) return answer.result;
      await end();
      const detail = 'failure' in answer ? answer.failure : 'The process ended.';
      const violations = [{ kind: 'failure', detail }];
      return { seed: job.seed, steps: 0, hash: '', violations, lasted: 0 };
    },
    close: end,
  };
}

function ask(process: ChildProcess, job: Job): Promise<Answer> {
  return new Promise((resolve) => {
    const onEnd = () => resolve({ failure: `The process ended in seed ${job.seed}.` });
    process.once('exit', onEnd);
    process.once('message', (answer: Answer) => {
      process.off('exit', onEnd);
      resolve(answer);
    });
    process.send(job);
  });
}
