import type { JsonObject } from '@datastores/core/schema';
import type { Document, Fragments } from './document.ts';

/** One use of a document. */
export interface Part {
  readonly document: Document;
  readonly variables: JsonObject;
}

/** What is sent to the service. */
export interface GraphqlRequest {
  readonly query: string;
  readonly variables: JsonObject;
}

/** One document with its variables. */
export function single({ document, variables }: Part): GraphqlRequest {
  const { operation, directives, fields, fragments } = document;
  const declared = document.variables.map(({ name, type }) => `$${name}: ${type.join(' ')}`);
  const words = [
    operation,
    inParentheses(declared),
    ...directives,
    '{',
    ...fields.flatMap((field) => field.words),
    '}',
  ];
  return { query: [...words, ...textOf(fragments)].filter((word) => word !== '').join(' '), variables };
}

/**
 * Several uses of documents of one field each in one request: field and variables of each bear its number, so that each
 * has its own answer, at {@link aliasOf}. The service works mutations off in this order.
 */
export function together(parts: readonly Part[]): GraphqlRequest {
  const declared: string[] = [];
  const fields: string[] = [];
  const variables: Record<string, JsonObject[string]> = {};
  const fragments = new Map<string, readonly string[]>();
  for (const [index, { document, variables: values }] of parts.entries()) {
    for (const { name, type } of document.variables) declared.push(`$${name}_${index}: ${type.join(' ')}`);
    for (const [name, value] of Object.entries(values)) variables[`${name}_${index}`] = value;
    const words = document.fields[0]?.words ?? [];
    fields.push(`${aliasOf(index)}:`, ...numbered(words[1] === ':' ? words.slice(2) : words, index));
    for (const [name, text] of document.fragments) fragments.set(name, text);
  }
  const operation = parts[0]?.document.operation ?? 'query';
  const words = [operation, inParentheses(declared), '{', ...fields, '}', ...textOf(fragments)];
  return { query: words.filter((word) => word !== '').join(' '), variables };
}

/** Where the answer to a part is. */
export function aliasOf(index: number): string {
  return `part${index}`;
}

/** Number of the part that an error is about by its path or by the variable it names; undefined: it does not say. */
export function partOf(path: readonly (string | number)[] | undefined, message = ''): number | undefined {
  const byPath = /^part(\d+)$/.exec(String(path?.[0] ?? ''))?.[1];
  const number = byPath ?? /\$\w+_(\d+)\b/.exec(message)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** Variables follow a dollar sign, and texts are words of their own. */
function numbered(words: readonly string[], index: number): string[] {
  return words.map((word, at) => (words[at - 1] === '$' ? `${word}_${index}` : word));
}

function inParentheses(declared: readonly string[]): string {
  return declared.length === 0 ? '' : `(${declared.join(', ')})`;
}

function textOf(fragments: Fragments): string[] {
  return [...fragments.values()].map((words) => words.join(' '));
}
