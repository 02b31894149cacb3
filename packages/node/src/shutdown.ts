/** Signals that ask a process to end. */
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Calls `close` once when the process is asked to end, then lets it end as it would have without a handler. A second
 * signal ends it at once: what is acknowledged is durable, so nothing is lost by that. Returns how to stop listening.
 */
export function onShutdown(close: () => Promise<void>): () => void {
  let closing = false;
  const handle = (signal: NodeJS.Signals) => {
    if (closing) process.exit(130);
    closing = true;
    void close().finally(() => {
      stop();
      process.kill(process.pid, signal);
    });
  };
  const stop = () => {
    for (const signal of SIGNALS) process.removeListener(signal, handle);
  };
  for (const signal of SIGNALS) process.on(signal, handle);
  return stop;
}
