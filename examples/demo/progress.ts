import cliProgress from 'cli-progress';
import { type Counts, DATASTORE_NAMES } from './worker-message.ts';

/** Shows how far the first sync is. */
export interface Progress {
  update(counts: Counts, expected: Counts): void;
  close(): void;
}

/** Bars on a terminal, a line every two seconds elsewhere. */
export function createProgress(output: NodeJS.WriteStream): Progress {
  return output.isTTY === true && process.env.CI === undefined ? createBars(output) : createLines(output);
}

function createBars(stream: NodeJS.WriteStream): Progress {
  const format = '  {name} {bar} {value} of {total}';
  const bars = new cliProgress.MultiBar(
    { format, stream, hideCursor: true, clearOnComplete: false, emptyOnZero: true },
    cliProgress.Presets.shades_classic,
  );
  const byName = new Map(DATASTORE_NAMES.map((name) => [name, bars.create(0, 0, { name: name.padEnd(9) })]));
  return {
    update(counts, expected) {
      for (const [name, bar] of byName) {
        bar.setTotal(expected[name]);
        bar.update(Math.min(counts[name], expected[name]));
      }
    },
    close: () => bars.stop(),
  };
}

function createLines(stream: NodeJS.WriteStream): Progress {
  let last = { at: 0, text: '' };
  let latest = '';
  const write = () => {
    if (latest === last.text) return;
    last = { at: Date.now(), text: latest };
    stream.write(`  ${latest}\n`);
  };
  return {
    update(counts, expected) {
      latest = DATASTORE_NAMES.map((name) => `${name} ${counts[name]} of ${expected[name]}`).join(' · ');
      if (Date.now() - last.at >= 2_000) write();
    },
    close: write,
  };
}
