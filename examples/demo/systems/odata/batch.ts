import * as z from 'zod';
import { Refusal } from '../refusal.ts';
import { answerOData, type ODataReply } from './answer.ts';
import type { EntitySet } from './entity-set.ts';

const batch = z.object({
  requests: z
    .array(
      z.object({
        id: z.string(),
        method: z.string(),
        url: z.string(),
        headers: z.record(z.string(), z.string()).default({}),
        body: z.unknown(),
        atomicityGroup: z.undefined('Groups are not offered: each request stands for itself.').optional(),
      }),
    )
    .max(100),
});

/** Answers a JSON `$batch` of independent requests. It stops at the first refusal unless it is to go on. */
export function answerBatch(sets: readonly EntitySet[], body: unknown, prefer: string | undefined): ODataReply {
  const parsed = batch.safeParse(body);
  if (!parsed.success) throw new Refusal(400, z.prettifyError(parsed.error));
  const responses: object[] = [];
  for (const { id, method, url, headers, body: inner } of parsed.data.requests) {
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const reply = answerOData(sets, { method: method.toUpperCase(), path: url, headers: lower, body: inner });
    responses.push({ id, ...reply });
    if (reply.status >= 400 && prefer?.includes('continue-on-error') !== true) break;
  }
  return { status: 200, headers: {}, body: { responses } };
}
