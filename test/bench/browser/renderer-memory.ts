import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** The most memory that any page of the Chromium with this profile has held at once, in MiB; 0 where /proc is not there. */
export function rendererPeakMiB(profileFolder: string): number {
  const browser = Number(readlinkSync(join(profileFolder, 'SingletonLock')).split('-').at(-1));
  const peaks = descendantsOf(browser)
    .filter((process) => read(process, 'cmdline').includes('--type=renderer'))
    .map((process) => Number(/^VmHWM:\s+(\d+) kB$/m.exec(read(process, 'status'))?.[1] ?? 0));
  return Math.max(0, ...peaks) / 1_024;
}

function descendantsOf(root: number): number[] {
  const parents = new Map(
    readdirSync('/proc')
      .map(Number)
      .filter(Number.isInteger)
      .map((process) => [process, Number(/^PPid:\s+(\d+)$/m.exec(read(process, 'status'))?.[1])]),
  );
  const found = [root];
  for (const process of found) {
    for (const [child, parent] of parents) if (parent === process) found.push(child);
  }
  return found;
}

/** Empty where the process has ended meanwhile. */
function read(process: number, file: string): string {
  try {
    return readFileSync(`/proc/${process}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
