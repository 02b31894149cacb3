import { setTimeout as sleep } from 'node:timers/promises';
import { type Context, SystemError } from '../connector.ts';
import { parseExactJson } from '../odata/exact-json.ts';
import { send } from '../rest/http-client.ts';
import { type Answer, answerOf } from './answer.ts';
import type { GraphqlRequest } from './compose.ts';
import type { Cost } from './cost.ts';
import { createCostBudget, type Reservation, type Use } from './cost-budget.ts';
import { type GraphqlError, meaningOf } from './graphql-error.ts';
import type { ParsedOptions } from './options.ts';

/** The way to one service. What it costs is known over all calls. */
export interface Client {
  /**
   * Sends a request once the cost budget allows it, and again after a refusal for want of points. Throws SystemError
   * `throttled` where that would take longer than `maxWaitMs`, and then nothing was done.
   */
  ask(
    request: GraphqlRequest,
    use: Use & { readonly headers?: Readonly<Record<string, string>> },
    context: Context,
  ): Promise<Answer>;
}

/** Sends nothing before the first call. */
export function createClient(options: ParsedOptions): Client {
  const budget = createCostBudget();
  const settings = { ...options, baseUrl: options.endpoint, parse: parseExactJson };
  const { endpoint: address, codes, maxWaitMs } = options;
  return {
    async ask(request, { headers = {}, ...use }, context) {
      for (let repeats = 0; ; repeats += 1) {
        const reservation = budget.reserve(use, context.now());
        await wait(reservation, maxWaitMs, context);
        const body = { query: request.query, variables: request.variables };
        const accept = 'application/graphql-response+json, application/json';
        const reply = await send(settings, { method: 'POST', address, headers: { accept, ...headers }, body }, context);
        const { answer, cost } = answerOf(reply, codes, context);
        reservation.settle(cost, context.now());
        if (answer.is !== 'refused') return answer;
        const throttled = answer.errors.find(({ code }) => meaningOf(code, codes) === 'throttled');
        if (!throttled) return answer;
        // What costs more than the budget ever holds is refused for ever.
        if ((cost.requested ?? 0) > (cost.bucket?.maximum ?? Number.POSITIVE_INFINITY)) return tooCostly();
        const afterMs = refillMs(cost);
        if (repeats < MOST_REPEATS && afterMs !== undefined) continue;
        const message = `The service is throttled: ${throttled.message}.`;
        throw new SystemError('throttled', message, afterMs === undefined ? {} : { afterMs });
      }
    },
  };
}

/** As if the service had said so: the request is made smaller then. */
function tooCostly(): Answer {
  const error: GraphqlError = {
    message: 'It costs more than the budget of the service ever holds',
    located: false,
    code: 'MAX_COST_EXCEEDED',
    field: undefined,
  };
  return { is: 'refused', errors: [error] };
}

async function wait(reservation: Reservation, maxWaitMs: number, { signal }: Context): Promise<void> {
  const { waitMs: afterMs } = reservation;
  if (afterMs === 0) return;
  if (afterMs > maxWaitMs) {
    reservation.release();
    throw new SystemError('throttled', `The cost budget of the service allows this in ${afterMs} ms.`, { afterMs });
  }
  try {
    await sleep(afterMs, undefined, { signal });
  } catch (cause) {
    reservation.release();
    throw new SystemError('down', 'The call was cancelled.', { cause });
  }
}

/** Milliseconds until the budget holds what was asked for. */
function refillMs({ requested, bucket }: Cost): number | undefined {
  if (requested === undefined || !bucket) return undefined;
  return Math.max(0, Math.ceil(((requested - bucket.available) / bucket.rate) * 1_000));
}

const MOST_REPEATS = 3;
