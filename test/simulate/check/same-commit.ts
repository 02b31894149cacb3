import { type PushOutcome, type PushRequest, type PushResponse, parseVersion } from '@datastores/core/protocol';

/**
 * What the server took and replaced in one and the same commit. The feed never shows it, and it was there all the same:
 * its number lies in the commit, before the number that the document has after it.
 */
export interface SameCommit {
  /** A document as it is after a commit that began with the number `first`. */
  committed(name: string, numbers: { readonly first: number; readonly seq: number }): void;
  /** The server has answered a push. */
  answered(request: PushRequest, answer: PushResponse): void;
  had(name: string, value: string): boolean;
}

type Content = Readonly<Record<string, unknown>>;

interface Taken {
  readonly seq: number;
  readonly values: ReadonlySet<string>;
}

/** Watches commits and answers to pushes. */
export function createSameCommit(): SameCommit {
  const spans = new Map<string, { readonly first: number; readonly seq: number }[]>();
  const taken = new Map<string, Taken[]>();
  return {
    committed(name, numbers) {
      spans.set(name, [...(spans.get(name) ?? []), numbers]);
    },
    answered({ datastore, rows }, answer) {
      if (answer.kind !== 'done') return;
      const sent = JSON.parse(String(rows)) as readonly { readonly doc?: Content | null }[];
      for (const [index, outcome] of answer.outcomes.entries()) {
        const made = madeOf(outcome, sent[index]?.doc ?? null);
        if (made === null) continue;
        const name = `${datastore} ${outcome.id}`;
        taken.set(name, [...(taken.get(name) ?? []), made]);
      }
    },
    had: (name, value) =>
      (taken.get(name) ?? []).some(
        ({ seq, values }) =>
          values.has(value) && (spans.get(name) ?? []).some((span) => span.first <= seq && seq < span.seq),
      ),
  };
}

/** What a row made of its document, and under which number; null: nothing that is there. */
function madeOf(outcome: PushOutcome, sent: Content | null): Taken | null {
  if ((outcome.is !== 'accepted' && outcome.is !== 'merged') || outcome.version === null) return null;
  const seq = parseVersion(outcome.version)?.seq;
  const document = outcome.is === 'accepted' ? sent : outcome.document && (JSON.parse(outcome.document) as Content);
  if (seq === undefined || !document) return null;
  return { seq, values: new Set(Object.values(document).map(String)) };
}
