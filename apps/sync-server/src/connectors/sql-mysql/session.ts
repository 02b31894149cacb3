import { type Context, SystemError } from '../connector.ts';
import type { Session } from '../sql/session.ts';
import { type Line, onConnection } from './connection.ts';
import { type Driver, loadDriver } from './driver.ts';
import type { ParsedOptions } from './options.ts';

/** Opens no connection, and loads no driver, before the first call. */
export function createSession(options: ParsedOptions): Session {
  let driver: Promise<Driver> | null = null;
  let closed: Promise<void> | undefined;
  const use = async (context: Context, work: (line: Line) => Promise<void>) => {
    if (closed) throw new SystemError('down', 'The connector is closed.');
    driver ??= loadDriver(options);
    await onConnection(await driver, { context, options }, work);
  };
  return {
    async read(context, work) {
      let result: Awaited<ReturnType<typeof work>> | undefined;
      await use(context, async (line) => {
        // In UTC, so that no hour of the marks comes twice a year.
        await line.zone("'+00:00'");
        await line.query('start transaction with consistent snapshot, read only');
        result = await work(line.query);
        await line.query('commit');
      });
      return result as Awaited<ReturnType<typeof work>>;
    },
    async write(call, work) {
      let result: Awaited<ReturnType<typeof work>>['result'] | undefined;
      await use(call.context, async (line) => {
        call.progress = 'working';
        // As for the programs of the system: `on update current_timestamp` of a datetime is in the zone of the session.
        await line.zone(zoneOf(options));
        await line.query('set transaction isolation level read committed');
        await line.query('start transaction read write');
        const ended = await work(line.query);
        if (ended.commit) call.progress = 'committing';
        await line.query(ended.commit ? 'commit' : 'rollback');
        result = ended.result;
      });
      return result as Awaited<ReturnType<typeof work>>['result'];
    },
    close: () => {
      closed ??= driver === null ? Promise.resolve() : driver.then(({ pool }) => pool.end());
      return closed;
    },
  };
}

/** SQL of the zone that times without a zone are in. */
export function zoneOf(options: { readonly timeZone?: string | undefined }): string {
  return options.timeZone === undefined ? '@@global.time_zone' : `'${options.timeZone}'`;
}
