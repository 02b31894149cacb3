import { setTimeout as pause } from 'node:timers/promises';
import { keep } from './corpus.ts';
import { judge, type Problem } from './oracle/judge.ts';
import { hostileRequest } from './requests/generate.ts';
import type { Recorded } from './requests/recorded.ts';
import { createLane } from './wire/lane.ts';

/** What to send, and where. */
export interface HostileOptions {
  readonly port: number;
  readonly seed: number;
  readonly recorded: Recorded;
  /** Requests in a second. */
  readonly rate: number;
  /** Aborts when the server is gone. */
  readonly gone: AbortSignal;
  readonly note: (line: string) => void;
}

/** What came back so far. */
export interface HostileTally {
  sent: number;
  /** Answers by status; `closed` for connections that were closed without one. */
  readonly replies: Record<string, number>;
  readonly problems: Record<Problem['kind'], number>;
}

/** Connections that send at the same time. */
const LANES = 4;

/** Requests that are kept of each kind of problem. */
const KEPT_OF_A_KIND = 10;

/** Sends hostile requests over several connections, and judges what comes back. */
export function createHostilePhase(options: HostileOptions) {
  const { port, seed, recorded, rate, gone, note } = options;
  const tally: HostileTally = {
    sent: 0,
    replies: {},
    problems: { 'server-error': 0, busy: 0, silent: 0, garbled: 0, unclear: 0, unserved: 0, unproven: 0, foreign: 0 },
  };
  const lanes = Array.from({ length: LANES }, () => createLane(port));
  let next = 0;

  const sendOne = async (number: number, lane: (typeof lanes)[number]): Promise<void> => {
    const request = hostileRequest(seed, number, recorded);
    const reply = await lane.send(request);
    if (gone.aborted) return;
    tally.sent += 1;
    const name = reply.kind === 'answer' ? String(reply.answer.status) : reply.kind;
    tally.replies[name] = (tally.replies[name] ?? 0) + 1;
    const problem = judge(request, reply);
    if (problem === null) return;
    tally.problems[problem.kind] += 1;
    if (tally.problems[problem.kind] > KEPT_OF_A_KIND) return;
    note(`${problem.kind}: request ${number} (${request.form}) ${problem.detail}`);
    note(`  ${keep(request, { seed, number, problem })}`);
  };

  return {
    tally,
    /** Goes on up to this number of requests, evenly in time. Ends early if the server is gone. */
    async sendUpTo(end: number): Promise<void> {
      const begun = performance.now();
      const from = next;
      const drive = async (lane: (typeof lanes)[number]) => {
        while (next < end && !gone.aborted) {
          const number = next;
          next += 1;
          const early = begun + ((number - from) / rate) * 1_000 - performance.now();
          if (early > 1) await pause(early);
          await sendOne(number, lane);
        }
      };
      await Promise.all(lanes.map(drive));
    },
    close() {
      for (const lane of lanes) lane.close();
    },
  };
}
