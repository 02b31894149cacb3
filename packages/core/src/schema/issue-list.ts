import type { Issue } from './plain-json.ts';

/** Most issues that a message names. */
const MAX_NAMED = 10;

/** Longest text that a message says of one issue, in characters. Paths and names come from whoever wrote the value. */
const MAX_SAID = 160;

/**
 * Issues as one text for a message, e.g. `/sku must be string; /price must be >= 0`. However many there are and however
 * long their paths, it stays short enough to be read, logged and sent. `whole` is how the value itself is called.
 */
export function issueList(issues: readonly Issue[], whole: string): string {
  const named = issues.slice(0, MAX_NAMED).map(({ path, message }) => said(path === '' ? whole : path, message));
  const more = issues.length - named.length;
  return `${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

/** A text that is cut where it is too long to be part of a message. */
export function shortText(text: string, longest: number = MAX_SAID): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

function said(path: string, message: string): string {
  return `${shortText(path, MAX_SAID / 2)} ${shortText(message)}`;
}
