import { DatastoreError } from '@datastores/core';
import { MAX_DOCUMENT_BYTES } from '@datastores/core/protocol';
import { canonicalJson, issuesOf, type JsonObject, type JsonValue } from '@datastores/core/schema';
import type { StoredDocument } from '../store/document.ts';
import { shortValue, type Why } from '../store/history.ts';
import type { Link } from '../store/link.ts';
import type { Store } from '../store/store.ts';
import type { WritePlan } from '../store/write.ts';
import type { BoundStream } from './bound-stream.ts';
import { sameValue, setField } from './field-rules.ts';
import { bodyOf } from './merge-record.ts';
import { identityOf, openQuestions, type Question, questionsOf } from './questions.ts';

/** What a person decided: for one side, or for a value of their own (null: empty). */
export type Answer = { readonly take: 'here' | 'there' } | { readonly value: JsonValue };

/** An answer to a question, named as it was seen. */
export interface AnsweredQuestion {
  readonly question: string;
  readonly answer: Answer;
}

/** Who the store says wrote what an operator decided. */
const OPERATOR = '@operator';

/**
 * Puts an answer into effect: the document is written and the system told, by the ordinary ways, and the base moves to what
 * the record said, so that it is decided for good. Returns the question that was answered. Nothing is changed where it throws:
 * QUESTION_UNKNOWN if it is not open any more, QUESTION_STALE if a side says something else by now than was seen,
 * DOCUMENT_INVALID or DOCUMENT_TOO_LARGE for a value that the document cannot have.
 */
export async function answerQuestion(
  store: Store,
  streams: readonly BoundStream[],
  { question: name, answer }: AnsweredQuestion,
): Promise<Question> {
  const identity = identityOf(name);
  const listed = (await openQuestions(store, streams)).find(({ question }) => identityOf(question) === identity);
  const bound = streams.find(
    ({ binding: { system, stream } }) => system === listed?.system && stream === listed.stream,
  );
  if (listed === undefined || bound === undefined) throw notOpen(name);
  const { scope, key, system, stream } = listed;
  const written = await store.write(
    { scope, documents: [listed], links: { system, stream, keys: [key] } },
    (current): WritePlan<Question> => {
      const link = current.linkByKey(key);
      const stored = current.document(listed);
      if (link === null || link.id !== listed.id || link.gone !== null || stored === null) throw notOpen(name);
      const open = questionsOf(bound, link, stored).find(({ field }) => field === listed.field);
      if (open === undefined) throw notOpen(name);
      if (open.question !== name) throw stale(open);
      return planOf(bound, { question: open, answer, link, stored });
    },
  );
  return written.result;
}

interface Answering {
  readonly question: Question;
  readonly answer: Answer;
  readonly link: Link;
  readonly stored: StoredDocument;
}

function planOf(bound: BoundStream, at: Answering): WritePlan<Question> {
  const { question, answer, link, stored } = at;
  const { datastore, id, field, system, stream, key, base, here, there } = question;
  const result = 'value' in answer ? answer.value : answer.take === 'here' ? here : there;
  const rule = `answer:${'value' in answer ? 'value' : answer.take}`;
  const sides = { base: shortValue(base), server: shortValue(here), proposed: shortValue(there) };
  const decisions = [{ field, rule, ...sides, result: shortValue(result) }];
  const detail = { stream: `${system}/${stream}`, key, decisions };
  const plan = { links: [answered(link, question)], result: question };
  if (sameValue(result, here)) {
    const event = { datastore, id, kind: 'answered', by: OPERATOR, detail } as const;
    return { ...plan, events: [event], tell: [{ datastore, id, system, stream }] };
  }
  const body = bodyWith(bound, stored, { field, value: result });
  const { version: schemaVersion } = bound.binding.datastore;
  // What the record says already need not be told to the system that it came from.
  const from = sameValue(result, there) ? { system, stream } : null;
  const why: Why = { kind: 'answered', ...detail, rules: { [field]: rule } };
  const document = { datastore, id, body, schemaVersion, author: OPERATOR, base: stored.version, from, why };
  return { ...plan, documents: [document] };
}

/** The link without the question. Its digest vouches for nothing until the record is read again. */
function answered(link: Link, { field, there }: Question): Link {
  const left = Object.entries(link.asked ?? {}).filter(([name]) => name !== field);
  const base: Record<string, JsonValue | undefined> = { ...link.base };
  setField(base, field, there);
  return {
    ...link,
    base: base as JsonObject,
    digest: null,
    asked: left.length === 0 ? null : Object.fromEntries(left),
  };
}

function bodyWith(
  bound: BoundStream,
  stored: StoredDocument,
  { field, value }: { readonly field: string; readonly value: JsonValue },
): string {
  const { datastore } = bound.binding;
  const document: Record<string, JsonValue | undefined> = { ...bodyOf({ bound }, stored) };
  setField(document, field, value);
  const issues = issuesOf(datastore, document as JsonObject);
  if (issues.length > 0) {
    const list = issues.map(({ path, message }) => `${path === '' ? 'the document' : path} ${message}`).join('; ');
    throw new DatastoreError('DOCUMENT_INVALID', `"${datastore.name}" cannot have that value: ${list}.`, {
      remedy: 'Answer with a value that fits the schema of the datastore; nothing was changed.',
      details: { issues },
    });
  }
  const body = canonicalJson(document as JsonObject);
  if (Buffer.byteLength(body) <= MAX_DOCUMENT_BYTES) return body;
  throw new DatastoreError('DOCUMENT_TOO_LARGE', `The document would have more than ${MAX_DOCUMENT_BYTES} bytes.`);
}

function notOpen(name: string): DatastoreError {
  return new DatastoreError('QUESTION_UNKNOWN', `There is no open question "${name}".`);
}

function stale({ question, datastore, id, field, here, there }: Question): DatastoreError {
  const says = `here it is ${JSON.stringify(here)}, there ${JSON.stringify(there)}`;
  return new DatastoreError('QUESTION_STALE', `"${field}" of ${datastore} ${id} has changed since: ${says}.`, {
    remedy: `Look at it again; if the answer is the same, answer "${question}". Nothing was changed.`,
    details: { question, here, there },
  });
}
