import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** What the command line of the demo says. */
export interface DemoCommand {
  /** Port of the sync server; the systems take the ports behind it. 0: any free ones. */
  readonly port: number;
  /** Absolute path of the folder for all data. */
  readonly data: string;
  readonly reset: boolean;
  readonly once: boolean;
  readonly business: boolean;
}

export const USAGE = `Usage: npm start -- [options]
  --port N        port of the sync server (default 4400); the systems take the next free ones
  --data FOLDER   where all data lies (default ./data/demo)
  --reset         delete that data first and start anew
  --once          stop with code 0 when the first sync is complete and all counts agree
  --no-business   no prices, orders and deliveries that change by themselves
  --help          this text`;

/** Reads the command line. Null asks for the usage text. Throws a RangeError or TypeError that says what is wrong. */
export function parseCommand(args: readonly string[]): DemoCommand | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '4400' },
      data: { type: 'string', default: fileURLToPath(new URL('../../../data/demo', import.meta.url)) },
      reset: { type: 'boolean', default: false },
      once: { type: 'boolean', default: false },
      business: { type: 'boolean', default: true },
      help: { type: 'boolean', default: false },
    },
    allowNegative: true,
  });
  if (values.help) return null;
  const port = Number(values.port);
  if (values.port.trim() === '' || !Number.isInteger(port) || port < 0 || port > 65_500) {
    throw new RangeError(`--port must be a whole number from 0 to 65500, not "${values.port}".`);
  }
  return { port, data: resolve(values.data), reset: values.reset, once: values.once, business: values.business };
}
