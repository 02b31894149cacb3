import { backoffDelay } from '@datastores/core';
import type { Connector, Delivery } from '../connectors/connector.ts';
import { messageOf } from './map-records.ts';
import { FULL_RETRY_MS, type NoticeDesk, noticesProblem, takeNotices } from './take-notices.ts';

/** The feed of a broker at work. */
export interface Listening {
  /** Resolves when nothing is under way any more. What runs the feed must have aborted its signal. */
  ended(): Promise<void>;
}

/** Deliveries taken at the same time: they share commits, and no more than these are held here. */
const TOGETHER = 128;

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 60_000;

/** A feed that stood this long was not refused: the next failure is the first again. */
const STOOD_MS = 60_000;

/**
 * Listens to the feed of a connector until the signal of the reach aborts, and connects again with growing pauses. A
 * delivery is acknowledged once its notices are durable here, whatever state the system is in.
 */
export function startListening(desk: NoticeDesk, listen: NonNullable<Connector['listen']>): Listening {
  const { reach } = desk;
  const { clock, signal, log, system } = reach;
  const { events } = reach.memory;
  const running = run();
  return { ended: () => running };

  async function run(): Promise<void> {
    for (let failures = 0; !signal.aborted; failures += 1) {
      const begun = clock.now();
      setState('connecting');
      const error = await feedOnce(() => {
        failures = 0;
        setState('listening');
        events.error = null;
      });
      if (signal.aborted) break;
      if (clock.now() - begun > STOOD_MS) failures = 0;
      const pauseMs = backoffDelay(
        failures,
        { firstMs: FIRST_RETRY_MS, capMs: LONGEST_RETRY_MS, random: reach.random },
        FIRST_RETRY_MS,
      );
      events.error = error;
      setState('waiting');
      log.warn('feed-interrupted', { system, reason: error, pauseMs });
      await clock.sleep(pauseMs, signal);
    }
    setState('off');
  }

  /** One connection, to its end. Says why it ended. */
  async function feedOnce(connected: () => void): Promise<string> {
    const under = new Set<Promise<void>>();
    const hold = { untilMs: 0 };
    let reason = 'The feed has ended.';
    let iterator: AsyncIterator<Delivery> | null = null;
    try {
      iterator = listen(reach.calls.feed())[Symbol.asyncIterator]();
      for (;;) {
        const next = await orAborted(iterator.next());
        if (next === null || next.done) break;
        connected();
        const work = takeDelivery(next.value, hold).finally(() => under.delete(work));
        under.add(work);
        if (under.size >= TOGETHER) await orAborted(Promise.race(under));
        const pauseMs = hold.untilMs - clock.now();
        if (pauseMs > 0) await clock.sleep(pauseMs, signal);
      }
    } catch (error) {
      reason = messageOf(error);
    }
    await settledSoon(under);
    // A feed that hangs would hang here too, so its end is not waited for.
    void iterator?.return?.().catch(() => {});
    return reason;
  }

  /** An acknowledgement may wait for an answer that will never come; what it is about is delivered again. */
  async function settledSoon(under: ReadonlySet<Promise<void>>): Promise<void> {
    const done = new AbortController();
    await Promise.race([Promise.all(under), clock.sleep(SETTLE_MS, done.signal)]);
    done.abort();
  }

  /** Never rejects. What cannot be acknowledged is delivered again, and is then known. */
  async function takeDelivery(delivery: Delivery, hold: { untilMs: number }): Promise<void> {
    try {
      const problem = delivery.unreadable ?? noticesProblem(delivery.notices, desk.offered);
      if (problem !== null) {
        events.refused += 1;
        events.lastRefusal = problem;
        log.error('delivery-refused', { system, reason: problem });
        await delivery.refuse(problem);
        return;
      }
      const waitMs = await take(delivery);
      if (waitMs === 0) return await delivery.ack();
      // What comes next would fail as well, so nothing more is asked for meanwhile.
      hold.untilMs = Math.max(hold.untilMs, clock.now() + waitMs);
      await delivery.nack(waitMs);
    } catch (error) {
      log.debug('delivery-unsettled', { system, error });
    }
  }

  /** After how many milliseconds to come again; 0: it is durable. */
  async function take(delivery: Delivery): Promise<number> {
    try {
      const taken = await takeNotices(desk, delivery.notices);
      return taken.is === 'taken' ? 0 : Math.min(taken.retryAfterMs, FULL_RETRY_MS);
    } catch (error) {
      if (!signal.aborted) log.error('notices-not-stored', { system, error });
      events.error = messageOf(error);
      return STORE_RETRY_MS;
    }
  }

  async function orAborted<T>(work: Promise<T>): Promise<T | null> {
    work.catch(() => {});
    if (signal.aborted) return null;
    let stop = () => {};
    const aborted = new Promise<null>((resolve) => {
      stop = () => resolve(null);
      signal.addEventListener('abort', stop, { once: true });
    });
    try {
      return await Promise.race([work, aborted]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  function setState(state: typeof events.state): void {
    if (events.state === state) return;
    if (state === 'listening') log.info('feed-connected', { system });
    events.state = state;
    events.since = clock.now();
  }
}

/** How long deliveries under way are waited for when their feed has ended. */
const SETTLE_MS = 2_000;

/** How long the store is left alone that could not take a notice. */
const STORE_RETRY_MS = 5_000;
