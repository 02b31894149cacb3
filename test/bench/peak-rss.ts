import { readFileSync } from 'node:fs';

/**
 * The most memory that this process has held at once, in MiB. Not from getrusage where /proc is there: on Linux that
 * starts with the size of the parent.
 */
export function peakRssMiB(): number {
  return (readPeak() ?? process.resourceUsage().maxRSS) / 1024;
}

function readPeak(): number | null {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return kibibytes === undefined ? null : Number(kibibytes);
  } catch {
    return null;
  }
}
