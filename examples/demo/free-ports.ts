import { createServer } from 'node:net';

/**
 * The next `count` free ports on 127.0.0.1 from `first` on, in ascending order; zeros if `first` is 0. Throws a RangeError
 * if there are not enough within a hundred.
 */
export async function findFreePorts(first: number, count: number): Promise<readonly number[]> {
  if (first === 0) return Array.from({ length: count }, () => 0);
  const free: number[] = [];
  const last = Math.min(first + 100, 65_535);
  for (let port = first; port <= last && free.length < count; port += 1) {
    if (await isFree(port)) free.push(port);
  }
  if (free.length === count) return free;
  throw new RangeError(`Between ${first} and ${last} fewer than ${count} ports are free. Choose others with --port.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ host: '127.0.0.1', port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
