#!/usr/bin/env node
import { EXIT } from './cli/exit.ts';
import { runCommand } from './cli/program.ts';
import { systemClock } from './clock.ts';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

const code = await runCommand(process.argv.slice(2), {
  environment: process.env,
  folder: process.cwd(),
  clock: systemClock,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  onStop: (listener) => {
    for (const signal of STOP_SIGNALS) process.on(signal, listener);
    return () => {
      for (const signal of STOP_SIGNALS) process.off(signal, listener);
    };
  },
});
// An ended command must not hang on what a connector left open, nor an impatient stop on what is still draining.
if (code === EXIT.interrupted) process.exit(code);
process.exitCode = code;
