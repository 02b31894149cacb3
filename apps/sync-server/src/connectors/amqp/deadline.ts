import { SystemError } from '../connector.ts';

/**
 * The result of work that may hang: a broker that is starting takes connections and requests, and leaves some of them
 * without an answer for ever. Throws SystemError `down` after `timeoutMs`; the work itself goes on.
 */
export async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const message = `AMQP: The broker did not answer within ${timeoutMs} ms.`;
    timer = setTimeout(() => reject(new SystemError('down', message)), timeoutMs);
  });
  // Whoever loses the race may fail later; that failure has nobody else to tell.
  work.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
