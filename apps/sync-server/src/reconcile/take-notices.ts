import type { Notice } from '../connectors/connector.ts';
import type { NewNotice } from '../store/notice.ts';
import { keyProblem } from './read-item.ts';
import type { SystemReach } from './system-reach.ts';

/** What became of notices; for `full` the sender is to come again after a while. */
export type Taken =
  | { readonly is: 'taken'; readonly duplicates: number }
  | { readonly is: 'full'; readonly retryAfterMs: number };

/** What the engine is told of notices, and whom it tells. */
export interface NoticeDesk {
  readonly reach: SystemReach;
  /** Streams that the connector has; those among them that are not bound are of no interest. */
  readonly offered: ReadonlySet<string>;
  readonly keepIdsMs: number;
  readonly maxWaiting: number;
  /** Says that a stream has keys to read. */
  readonly noticed: (stream: string) => void;
  /** Says that `changes` of a stream has something to tell. */
  readonly changed: (stream: string) => void;
}

/** When a sender that found the queue full is to come again. */
export const FULL_RETRY_MS = 30_000;

const MAX_NOTICES = 1_000;
const MAX_KEYS = 10_000;
const MAX_ID_LENGTH = 500;

/** Makes notices durable, so that they may be acknowledged. They say what to read, never what is in it. */
export async function takeNotices(desk: NoticeDesk, notices: readonly Notice[]): Promise<Taken> {
  const { reach, keepIdsMs, maxWaiting } = desk;
  const changed = new Set(notices.filter(({ pull }) => pull === true).map(({ stream }) => stream));
  for (const stream of changed) if (reach.streams.has(stream)) desk.changed(stream);
  // Nothing else is in those: the cursor of the stream is all that has to be kept.
  const named = notices.filter(({ id, keys, pull }) => id !== null || keys.length > 0 || pull !== true);
  const bound = oneForEachId(named).filter(({ stream }) => reach.streams.has(stream));
  if (bound.length === 0) return { is: 'taken', duplicates: 0 };
  const taken = await reach.store.takeNotices({ system: reach.system, notices: bound, keepIdsMs, maxWaiting });
  if (taken.is === 'full') {
    reach.log.warn('notices-refused', { system: reach.system, stream: taken.stream, waiting: taken.waiting });
    return { is: 'full', retryAfterMs: FULL_RETRY_MS };
  }
  const now = reach.clock.now();
  const { events } = reach.memory;
  events.noticedAt = now;
  events.taken += bound.length - taken.duplicates;
  events.duplicates += taken.duplicates;
  for (const stream of taken.streams) desk.noticed(stream);
  return { is: 'taken', duplicates: taken.duplicates };
}

/** Why notices cannot be used; null if they can. A repeat would be no better. */
export function noticesProblem(notices: readonly Notice[], offered: ReadonlySet<string>): string | null {
  if (!Array.isArray(notices)) return 'The connector gave no list of notices.';
  if (notices.length > MAX_NOTICES) return `There are more than ${MAX_NOTICES} notices at once.`;
  let keys = 0;
  for (const notice of notices as readonly (Notice | null | undefined)[]) {
    const problem = noticeProblem(notice, offered);
    if (problem !== null) return problem;
    keys += notice?.keys.length ?? 0;
  }
  return keys > MAX_KEYS ? `There are more than ${MAX_KEYS} keys at once.` : null;
}

function noticeProblem(notice: Notice | null | undefined, offered: ReadonlySet<string>): string | null {
  if (notice === null || typeof notice !== 'object') return 'A notice is not an object.';
  const { id, stream, keys } = notice;
  if (id !== null && (typeof id !== 'string' || id === '')) return 'The id of a notice is neither null nor a text.';
  if (id !== null && id.length > MAX_ID_LENGTH) return `The id of a notice is longer than ${MAX_ID_LENGTH} characters.`;
  // Whatever it is, it is not made into a text: an object from outside may bring a toString that is no function.
  if (typeof stream !== 'string') return 'The stream of a notice is not a text.';
  if (!offered.has(stream)) {
    return `A notice names the stream "${stream.slice(0, 100)}", which the connector does not offer.`;
  }
  if (!Array.isArray(keys)) return 'The keys of a notice are not a list.';
  const problems = (keys as readonly unknown[]).map(keyProblem);
  return problems.find((problem) => problem !== null) ?? null;
}

/** One delivery may name a stream twice under its one id; the second is no repeat of the first. */
function oneForEachId(notices: readonly Notice[]): readonly NewNotice[] {
  const merged = new Map<string, NewNotice>();
  for (const { id, stream, keys } of notices) {
    const name = JSON.stringify([stream, id]);
    merged.set(name, { id, stream, keys: [...(merged.get(name)?.keys ?? []), ...keys] });
  }
  return [...merged.values()];
}
