import { SystemError } from '../../connector.ts';

/**
 * The first of some transactions that a snapshot does not see, or null. One whose commit is in the log may still be invisible:
 * for a moment, or for as long as it waits for a synchronous standby. Transactions are given by their last 32 bits, the
 * snapshot as PostgreSQL writes it: `xmin:xmax:xip,…`.
 */
export function firstUnseen(snapshot: string, transactions: Iterable<number>): number | null {
  const [, xmax = '0', running = ''] = snapshot.split(':');
  const open = new Set(
    running
      .split(',')
      .filter(Boolean)
      .map((xid) => Number(BigInt.asUintN(32, BigInt(xid)))),
  );
  for (const xid of transactions) {
    // The numbers go round: what is less than half the way ahead has yet to come.
    const ahead = BigInt.asIntN(32, BigInt(xid) - BigInt(xmax)) >= 0n;
    if (ahead || open.has(xid)) return xid;
  }
  return null;
}

/** Tries again, with small pauses, until there is a result. Throws SystemError `down` with a reason after some seconds. */
export async function untilThere<T>(
  attempt: () => Promise<T | null>,
  signal: AbortSignal,
  reason: () => Promise<string>,
): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const result = await attempt();
    if (result !== null) return result;
    if (tries >= MOST_TRIES) throw new SystemError('down', `${await reason()} Tried again by itself.`);
    await pause(signal);
  }
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancelled = () => {
      clearTimeout(timer);
      reject(new SystemError('down', 'The call was cancelled while it waited.'));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', cancelled);
      resolve();
    }, PAUSE_MS);
    signal.addEventListener('abort', cancelled, { once: true });
    if (signal.aborted) cancelled();
  });
}

const PAUSE_MS = 25;

/** Some ten seconds: less than a page may take by default. */
const MOST_TRIES = 400;
