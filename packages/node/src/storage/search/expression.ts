import type { Clause, Phrase } from '@datastores/core/search';

/**
 * A clause as FTS5 reads it. Terms hold letters, digits and marks only, so between quotes nothing of what a user typed
 * can be anything but text.
 */
export function expressionOf(clause: Clause): string {
  return clause.length === 1 ? phraseExpression(clause[0] as Phrase) : `(${clause.map(phraseExpression).join(' OR ')})`;
}

/** An expression for documents that fulfil all of these. */
export function allOf(expressions: readonly string[]): string {
  return expressions.join(' AND ');
}

/** An expression for documents that fulfil this one in their first field alone. */
export function inFirstField(expression: string): string {
  return `c0 : (${expression})`;
}

function phraseExpression({ terms, prefix }: Phrase): string {
  return `"${terms.join(' ')}"${prefix ? ' *' : ''}`;
}
