import { createRandom, scramble } from '../../bench/documents/random.ts';
import { oddHeaders, operatorRoutes, unproven } from './header-forms.ts';
import { hooks } from './hook-forms.ts';
import { asLargeAsAllowed, leftStream, longKeys, tooLarge } from './limit-forms.ts';
import { badlyPacked, packed } from './packing-forms.ts';
import {
  annotated,
  brokenBody,
  type Form,
  hostileRows,
  mutatedMessage,
  otherEnvelope,
  valid,
  wrongFields,
} from './protocol-forms.ts';
import { aborted, brokenHttp, chunked, slowBody } from './raw-forms.ts';
import type { Recorded } from './recorded.ts';
import type { HostileRequest } from './request.ts';
import { unknownRoutes } from './route-forms.ts';
import { GOOD_TOKENS } from './tokens.ts';

/** Of a thousand requests so many are of a form. */
const SHARES: readonly (readonly [number, Form])[] = [
  [80, valid],
  [220, mutatedMessage],
  [130, wrongFields],
  [170, hostileRows],
  [60, annotated],
  [30, otherEnvelope],
  [80, brokenBody],
  [15, packed],
  [25, badlyPacked],
  [50, unproven],
  [15, operatorRoutes],
  [40, hooks],
  [30, oddHeaders],
  [40, unknownRoutes],
  [5, longKeys],
  [10, leftStream],
  [2, asLargeAsAllowed],
  [1, tooLarge],
  [12, brokenHttp],
  [10, slowBody],
  [8, aborted],
  [7, chunked],
];

const TOTAL = SHARES.reduce((sum, [share]) => sum + share, 0);

/** The request with this number. The same for the same seed and the same recorded exchanges. */
export function hostileRequest(seed: number, number: number, recorded: Recorded): HostileRequest {
  const random = createRandom(scramble(seed) ^ scramble(number));
  const speaker = { ...recorded, token: random.pick(GOOD_TOKENS) };
  let left = random.integer(0, TOTAL - 1);
  for (const [share, form] of SHARES) {
    if (left < share) return form(speaker, random);
    left -= share;
  }
  throw new RangeError('The shares do not add up.');
}
