import { createHash } from 'node:crypto';
import {
  type Caller,
  type DigestResponse,
  isReservedScope,
  type Poke,
  type PullResponse,
  type PushResponse,
  parsePulledRows,
  SYSTEMS_SCOPE,
} from '@datastores/core/protocol';
import type { Trace } from '../world/trace.ts';
import type { Watcher } from '../world/transport-parts.ts';
import type { History } from './history.ts';
import type { Violation } from './violation.ts';

/** What a watcher works with. */
export interface WatchParts {
  readonly trace: Trace;
  readonly history: History;
  readonly report: (violation: Violation) => void;
}

/** Traces all messages, and reports what the server sends to somebody who may not see it. */
export function watchAnswers({ trace, history, report }: WatchParts): Watcher {
  /** Whose receipts are whose: the first who was told of them is. */
  const owners = new Map<string, string>();
  const isOwn = ({ subject }: Caller, scope: string) => {
    if (!isReservedScope(scope) || scope === SYSTEMS_SCOPE) return isReservedScope(scope);
    const owner = owners.get(scope) ?? subject;
    owners.set(scope, owner);
    return owner === subject;
  };
  const assertSeen = (caller: Caller, scope: string, what: string) => {
    if (caller.scopes.includes(scope) || isOwn(caller, scope)) return;
    report({ kind: 'foreign-scope', detail: `${caller.subject} was sent ${what} of scope ${scope}` });
  };
  const rows = (caller: Caller, text: string) => {
    for (const row of parsePulledRows(text)) assertSeen(caller, row.s, 'del' in row ? row.del : row.doc.id);
  };
  const pushed = (caller: Caller, answer: PushResponse) => {
    if (answer.kind !== 'done') return;
    for (const outcome of answer.outcomes) {
      if (!('document' in outcome) || outcome.document === null) continue;
      const known = [...['item', 'note'].flatMap((name) => [...history.scopesOf(name, outcome.id)])];
      if (known.length > 0 && !known.some((scope) => caller.scopes.includes(scope))) {
        report({ kind: 'foreign-scope', detail: `${caller.subject} was told of ${outcome.id}` });
      }
    }
  };
  return {
    pushed: history.answered,
    message: (what, text) =>
      trace.add(`${what} ${createHash('sha1').update(text).digest('base64url').slice(0, 10)}`, text),
    answered(kind, caller, answer) {
      if (kind === 'push') pushed(caller, answer as PushResponse);
      if (kind === 'pull') {
        const page = answer as PullResponse;
        if (page.kind === 'page') rows(caller, page.documents);
      }
      if (kind === 'digest') {
        const digests = answer as DigestResponse;
        if (digests.kind === 'digests') rows(caller, digests.documents);
      }
      if (kind === 'poke') {
        for (const { scope, changes } of (answer as Poke).steps) {
          assertSeen(caller, scope, 'a poke');
          for (const text of Object.values(changes)) if (text !== null) rows(caller, text);
        }
      }
    },
  };
}
