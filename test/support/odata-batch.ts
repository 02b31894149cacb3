import { answerOData, type ODataReply, type ODataRequest, type ODataState } from './odata-routes.ts';

/** How the service treats batches. */
export interface BatchHabits {
  /** Answers the good requests of a group as if they had been made, although the group was undone. */
  readonly lyingGroups: boolean;
  /** One answer for a whole group that was undone, under the name of the group. */
  readonly groupAnswers: boolean;
}

interface Part extends Omit<ODataRequest, 'path'> {
  readonly id: string;
  readonly url: string;
  readonly atomicityGroup?: string;
}

/** Answers a JSON `$batch`. Headers inside are known by their lower-case names alone, as at some services. */
export function answerBatch(state: ODataState, request: ODataRequest, habits: BatchHabits): ODataReply {
  const parts = (request.body as { requests: Part[] }).requests;
  const goesOn = request.headers.prefer?.includes('continue-on-error') === true;
  const grouped = parts.some(({ atomicityGroup }) => atomicityGroup !== undefined);
  const responses = grouped ? inOneGroup(state, parts, habits) : inTurn(state, parts, goesOn);
  return { status: 200, headers: {}, body: { responses } };
}

function inTurn(state: ODataState, parts: readonly Part[], goesOn: boolean): object[] {
  const responses: object[] = [];
  for (const part of parts) {
    const reply = one(state, part);
    responses.push({ id: part.id, ...reply });
    if (reply.status >= 400 && !goesOn) break;
  }
  // In any order, as the protocol allows.
  return responses.reverse();
}

function inOneGroup(state: ODataState, parts: readonly Part[], habits: BatchHabits): object[] {
  const replies = new Map<string, ODataReply>();
  try {
    state.table.transaction(() => {
      for (const part of parts) replies.set(part.id, one(state, part));
      if ([...replies.values()].some(({ status }) => status >= 400)) throw new Undone();
    });
  } catch (error) {
    if (!(error instanceof Undone)) throw error;
    const bad = [...replies].filter(([, { status }]) => status >= 400);
    if (habits.groupAnswers) return [{ id: parts[0]?.atomicityGroup, ...bad[0]?.[1] }];
    if (!habits.lyingGroups) {
      return [...replies].map(([id, reply]) =>
        reply.status >= 400
          ? { id, ...reply }
          : { id, status: 424, body: { error: { message: 'undone with its group' } } },
      );
    }
  }
  return [...replies].map(([id, reply]) => ({ id, ...reply }));
}

function one(state: ODataState, { url, method, headers, body }: Part): ODataReply {
  return answerOData(state, { method: method.toUpperCase(), path: url, headers, body });
}

class Undone extends Error {}
