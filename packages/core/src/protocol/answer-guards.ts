import type { Poke } from './changes.ts';
import type { Checkpoint, Position } from './checkpoint.ts';
import type { DigestResponse } from './digest.ts';
import {
  type Guard,
  hasFields,
  isAnyOf,
  isAnything,
  isBoolean,
  isExactly,
  isFrom,
  isListOf,
  isMissingOr,
  isNullOr,
  isNumber,
  isOneOf,
  isTableOf,
  isText,
  matches,
} from './guard.ts';
import type { ServerInfo } from './info.ts';
import { MAX_SCOPES } from './limits.ts';
import type { NoteResponse } from './note.ts';
import type { PullResponse } from './pull.ts';
import type { PushOutcome, PushResponse } from './push.ts';
import type { Reset } from './reset.ts';
import type { WireError } from './wire-error.ts';

// The answers of a server as a replica reads them. They say what the schemas beside them say, which a test holds them to:
// those name each fault for who wrote the request, and are a tenth of what a page would have to load.

const isScope: Guard<string> = matches(/^(?!(?:__proto__|constructor|prototype)$)[\s\S]{1,200}$/);

const isPosition: Guard<Position> = isExactly({
  epoch: matches(/^[\w-]{1,64}$/),
  seq: isFrom(0),
  tag: matches(/^[\w-]{0,64}$/),
  begun: isMissingOr(isExactly({ seq: isFrom(1), tag: matches(/^[\w-]{1,64}$/) })),
});

const isPlaces = isTableOf(isScope, isPosition);

const isCheckpoint: Guard<Checkpoint> = (value): value is Checkpoint =>
  isPlaces(value) && Object.keys(value).length <= MAX_SCOPES;

const isReset: Guard<Reset> = isExactly({
  kind: isOneOf('reset'),
  scopes: isListOf(
    isExactly({
      scope: isText,
      reason: isOneOf('epoch', 'server-behind', 'diverged', 'compacted', 'forbidden'),
    }),
  ),
});

/** The answer of `info`. */
export const isServerInfo: Guard<ServerInfo> = isExactly({
  protocol: isNumber,
  oldestProtocol: isNumber,
  datastores: isListOf(isExactly({ name: isText, schemaVersion: isNumber })),
  encodings: isListOf(isText),
  now: isNumber,
});

/** The answer of `pull`. */
export const isPullResponse: Guard<PullResponse> = isAnyOf(
  isExactly({
    kind: isOneOf('page'),
    documents: isText,
    checkpoint: isCheckpoint,
    hasMore: isBoolean,
    dropped: isListOf(isText),
    remaining: isNumber,
  }),
  isReset,
);

const inVain = {
  id: isText,
  scope: isNullOr(isScope),
  version: isNullOr(isText),
  document: isNullOr(isText),
  code: isText,
  message: isText,
};

const isOutcome: Guard<PushOutcome> = isAnyOf(
  isExactly({ is: isOneOf('accepted'), id: isText, scope: isScope, version: isText }),
  isExactly({
    is: isOneOf('merged'),
    id: isText,
    scope: isScope,
    version: isText,
    document: isText,
    decisions: isText,
  }),
  isExactly({ is: isOneOf('conflict'), ...inVain }),
  isExactly({ is: isOneOf('rejected'), ...inVain }),
);

/** The answer of `push`. */
export const isPushResponse: Guard<PushResponse> = isAnyOf(
  isExactly({ kind: isOneOf('done'), outcomes: isListOf(isOutcome), acknowledged: isCheckpoint }),
  isReset,
);

/** The answer of `digest`. */
export const isDigestResponse: Guard<DigestResponse> = isAnyOf(
  isExactly({
    kind: isOneOf('digests'),
    checkpoint: isNullOr(isCheckpoint),
    changed: isText,
    split: isListOf(isText),
    list: isListOf(isNullOr(isText)),
    documents: isText,
    absent: isListOf(isText),
    taken: isNumber,
  }),
  isExactly({ kind: isOneOf('behind') }),
  isReset,
);

/** The answer of `note`. */
export const isNoteResponse: Guard<NoteResponse> = isExactly({
  others: isListOf(isExactly({ replica: isText, unpushed: isNumber, toldAt: isNumber, here: isBoolean })),
});

/** What the stream `changes` brings. */
export const isPoke: Guard<Poke> = isExactly({
  all: isBoolean,
  steps: isListOf(
    isExactly({
      scope: isScope,
      after: isNullOr(isPosition),
      to: isPosition,
      changes: isTableOf(isText, isNullOr(isText)),
      of: isMissingOr(isListOf(isText)),
    }),
  ),
});

/** An error as it crosses the wire. */
export const isWireError: Guard<WireError> = hasFields({
  code: isText,
  message: isText,
  remedy: isText,
  retryable: isBoolean,
  retryAfterMs: isMissingOr((value): value is number => isNumber(value) && value >= 0),
  details: isMissingOr(isAnything),
});
