import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { callRequest, envelope } from './requests/calls.ts';
import { httpBytes } from './requests/http-text.ts';
import type { HostileRequest } from './requests/request.ts';
import { GOOD_TOKENS, type Token } from './requests/tokens.ts';
import { startServer } from './server/start-server.ts';
import { nodeOf } from './values/json-text.ts';
import { createLane, type Lane } from './wire/lane.ts';

/** Requests that one subject may make in a minute on the server of this phase. */
const PER_MINUTE = 100;

/** Requests above that. */
const TOO_MANY = 60;

/** What running into the limit of requests showed. */
export interface LimitOutcome {
  /** Requests that were refused because there were too many. */
  readonly limited: number;
  /** What was not as it has to be, in words. */
  readonly faults: readonly string[];
}

/** Runs into the limit of requests of a server that has a low one: only who sends too many is refused, and told how long. */
export async function limitPhase(folder: string): Promise<LimitOutcome> {
  const path = join(folder, 'limited');
  mkdirSync(path);
  await using server = startServer([]);
  const { port } = await server.ask('start', { folder: path, requestsPerMinute: PER_MINUTE, archive: false });
  const lane = createLane(port);
  const [greedy, other] = GOOD_TOKENS as readonly [Token, Token];
  const faults: string[] = [];
  let limited = 0;
  for (const [who, request] of [
    ['a subject', pull(greedy)],
    ['an address', pull(null)],
  ] as const) {
    for (let number = 0; number < PER_MINUTE + TOO_MANY; number += 1) {
      const { status, body } = await answer(lane, request);
      const isOver = number >= PER_MINUTE;
      if (isOver !== (status === 429)) faults.push(`request ${number} of ${who} was answered with ${status}`);
      if (status !== 429) continue;
      limited += 1;
      if (!/"code":"SERVER_BUSY".*"retryable":true.*"retryAfterMs":[1-9]/.test(body)) faults.push(`${who}: ${body}`);
    }
  }
  for (const [what, request] of [
    ['another subject', pull(other)],
    ['a probe', probe('/livez')],
  ] as const) {
    const { status } = await answer(lane, request);
    if (status !== 200) faults.push(`${what} was answered with ${status} because of others`);
  }
  lane.close();
  await server.ask('stop');
  return { limited, faults };
}

async function answer(lane: Lane, request: HostileRequest): Promise<{ status: number; body: string }> {
  const reply = await lane.send(request);
  return reply.kind === 'answer' ? reply.answer : { status: 0, body: reply.kind };
}

const NOBODY: Token = { header: null, is: 'bad', scopes: [], admin: false, who: 'nobody' };

function pull(token: Token | null): HostileRequest {
  const request = { protocol: 1, datastore: 'product', schemaVersion: 0, checkpoint: null, maxRows: 1, maxBytes: 1 };
  return callRequest({ form: 'one of many', call: 'pull', token: token ?? NOBODY }, envelope(nodeOf(request)));
}

function probe(target: string): HostileRequest {
  const expects = { route: 'operator', token: NOBODY, answer: 'served', isHead: false } as const;
  return {
    form: target,
    pieces: [httpBytes({ method: 'GET', target, headers: [] })],
    pauseMs: 0,
    ending: 'answer',
    expects,
  };
}
