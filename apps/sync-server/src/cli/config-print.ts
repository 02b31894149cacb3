import { describeConfig } from '../config/describe.ts';
import { EXIT } from './exit.ts';
import { configOf, type GlobalOptions, printJson, type Terminal } from './terminal.ts';

/** `datastores config print`: every entry in force and where it comes from; secrets only as set or not. */
export async function configPrint(
  terminal: Terminal,
  options: GlobalOptions & { readonly json?: boolean },
): Promise<number> {
  const entries = describeConfig(await configOf(terminal, options));
  if (options.json) {
    printJson(terminal, entries);
    return EXIT.ok;
  }
  const width = Math.max(...entries.map(({ path }) => path.length));
  for (const { path, value, origin } of entries) {
    terminal.out(`${path.padEnd(width)}  ${JSON.stringify(value)}  (${origin})\n`);
  }
  return EXIT.ok;
}
