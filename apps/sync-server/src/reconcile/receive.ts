import { DatastoreError } from '@datastores/core';
import type { Connector, Inbound } from '../connectors/connector.ts';
import { type NoticeDesk, noticesProblem, type Taken, takeNotices } from './take-notices.ts';

/**
 * Lets a connector judge an inbound call, and makes the notices in it durable. Throws what the connector refuses it with,
 * and REQUEST_INVALID where the notices cannot be used. The budget of calls to the system is not touched.
 */
export async function receiveCall(
  desk: NoticeDesk,
  receive: NonNullable<Connector['receive']>,
  request: Inbound,
): Promise<Taken> {
  const { reach, offered } = desk;
  const notices = await reach.calls.aside((context) => receive(request, context));
  const problem = noticesProblem(notices, offered);
  if (problem === null) return takeNotices(desk, notices);
  reach.memory.events.refused += 1;
  reach.memory.events.lastRefusal = problem;
  reach.log.error('notice-unusable', { system: reach.system, reason: problem });
  throw new DatastoreError('REQUEST_INVALID', problem, {
    remedy: 'Correct the function that makes notices of events; until then the sender repeats itself.',
  });
}
