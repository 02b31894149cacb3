export { answerCall, type HttpAnswer, type HttpCall, messageIn } from './answer-call.ts';
export { type ChangesRequest, changesRequestSchema, type Poke, pokeSchema, type Step, stepSchema } from './changes.ts';
export { type Checkpoint, checkpointSchema, type Position, positionSchema, scopeSchema } from './checkpoint.ts';
export {
  type DigestRequest,
  type DigestResponse,
  type Digests,
  digestRequestSchema,
  digestResponseSchema,
} from './digest.ts';
export {
  DIGEST_LENGTH,
  ID_DIGEST_LENGTH,
  MAX_CHANGED,
  MAX_DIGEST_DOCUMENTS,
  MAX_DIGEST_RANGES,
  MAX_LISTED,
} from './digest-limits.ts';
export { createDigestTable, type DigestEntry, type DigestTable } from './digest-table.ts';
export { addDigests, documentDigest, idDigest, readDigests, writeDigests } from './document-digest.ts';
export { formatVersion, parseVersion } from './document-version.ts';
export { fromWireError, toWireError } from './error.ts';
export { infoSchema, type ServerInfo } from './info.ts';
export {
  MAX_BODY_BYTES,
  MAX_CHANGED_FIELDS,
  MAX_DOCUMENT_BYTES,
  MAX_PAGE_BYTES,
  MAX_PAGE_ROWS,
  MAX_PUSH_BYTES,
  MAX_PUSH_ROWS,
  MAX_SCOPES,
} from './limits.ts';
export { MAX_NOTES, type NoteRequest, type NoteResponse, noteRequestSchema, noteResponseSchema } from './note.ts';
export {
  isReservedScope,
  isScopeFor,
  isServerOwned,
  receiptId,
  receiptsScope,
  SERVER_OWNED,
  SYSTEMS_SCOPE,
} from './own-scopes.ts';
export {
  type PullPage,
  type PullRequest,
  type PullResponse,
  pullPageSchema,
  pullRequestSchema,
  pullResponseSchema,
} from './pull.ts';
export { formatPulledRows, type PageRow, type PulledRow, parsePulledRows, pulledRowFormat } from './pulled-rows.ts';
export {
  type PushAnswer,
  type PushOutcome,
  type PushRequest,
  type PushResponse,
  type PushRow,
  parsePushRows,
  pushOutcomeSchema,
  pushRequestSchema,
  pushResponseSchema,
  pushRowSchema,
  type UnreadableRow,
} from './push.ts';
export { readRequest } from './read-request.ts';
export { type Reset, type ResetReason, resetReasonSchema, resetSchema } from './reset.ts';
export {
  type ProtocolContext,
  type ReplicationRouter,
  replicationRouter,
} from './router.ts';
export { asTRPCError } from './router-error.ts';
export type { Caller, ReplicationService } from './service.ts';
export { CONNECTED_FRAME, errorFrame, PING_FRAME, pokeFrame, RETURN_FRAME } from './stream-frames.ts';
export { STREAM_MAX_MS, STREAM_PING_MS, STREAM_SILENCE_MS } from './stream-times.ts';
export { transformer } from './transformer.ts';
export { OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION } from './version.ts';
export { type WireError, wireErrorSchema } from './wire-error.ts';
