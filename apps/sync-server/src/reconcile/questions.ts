import { createHash } from 'node:crypto';
import { canonicalJson, type JsonValue } from '@datastores/core/schema';
import type { StoredDocument } from '../store/document.ts';
import type { Link } from '../store/link.ts';
import type { Store } from '../store/store.ts';
import { askedField, isOpen } from './asked-fields.ts';
import type { BoundStream } from './bound-stream.ts';
import { fieldOf } from './field-rules.ts';
import { bodyOf } from './merge-record.ts';

/** A field that was changed on both sides, and that a person decides. Empty values are null. */
export interface Question {
  /** Names the question and what both sides say now: it is another one as soon as one of them says something else. */
  readonly question: string;
  readonly scope: string;
  readonly datastore: string;
  readonly id: string;
  readonly field: string;
  readonly system: string;
  readonly stream: string;
  readonly key: string;
  /** What both last agreed on. */
  readonly base: JsonValue;
  readonly here: JsonValue;
  readonly there: JsonValue;
  /** Since when the two differ, milliseconds since 1970. */
  readonly since: number;
}

/** All open questions about the documents of some streams, by stream, scope and document. */
export async function openQuestions(store: Store, streams: Iterable<BoundStream>): Promise<readonly Question[]> {
  const found: Question[] = [];
  for (const bound of streams) {
    for (const { link, document } of await store.asked(bound.binding)) {
      found.push(...questionsOf(bound, link, document));
    }
  }
  return found;
}

/** The open questions about one document; none about one that is deleted. */
export function questionsOf(bound: BoundStream, link: Link, stored: StoredDocument | null): readonly Question[] {
  if (link.asked === null || link.key === null || stored === null || stored.deleted) return [];
  const { scope, datastore, id, system, stream, key } = link;
  const document = bodyOf({ bound }, stored);
  return Object.keys(link.asked).flatMap((field): Question[] => {
    const question = askedField(link.asked, field);
    if (question === null || !isOpen(bound.rules, link, { field, document })) return [];
    const { there, since } = question;
    const here = fieldOf(document, field) ?? null;
    const about = { scope, datastore, id, field, system, stream };
    const base = fieldOf(link.base, field) ?? null;
    const name = `${digest(Object.values(about), 10)}-${digest([here, there], 8)}`;
    return [{ question: name, ...about, key, base, here, there, since }];
  });
}

/** What a name of a question says of which question it is, whatever the two sides say now. */
export function identityOf(question: string): string {
  return question.split('-', 1)[0] ?? '';
}

function digest(value: JsonValue, length: number): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, length);
}
