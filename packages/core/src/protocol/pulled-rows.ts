import { DatastoreError } from '../errors.ts';
import type { JsonDocument } from '../schema/document.ts';
import { parseVersion } from './document-version.ts';

/** One pulled document: its scope `s`, its version `v`, and the document with its JSON text, or the id of one that was deleted. */
export type PulledRow =
  | { readonly s: string; readonly v: string; readonly doc: JsonDocument; readonly text: string }
  | { readonly s: string; readonly v: string; readonly del: string };

/** What a server writes into a page for one document: `text` is its JSON text, null if it is deleted. */
export interface PageRow {
  readonly scope: string;
  readonly version: string;
  readonly id: string;
  readonly text: string | null;
}

/**
 * The text of a page: one line for each row, `<version> TAB <scope as JSON> TAB <document as JSON>`, with the id as JSON in
 * place of the document where it is deleted. JSON text holds no raw line breaks or tabs, so a reader takes the text of a
 * document out of the page without parsing and writing it again.
 */
export function formatPulledRows(rows: readonly PageRow[]): string {
  return rows.map((row) => pulledRowFormat(row.scope)(row)).join('\n');
}

/** Writes lines of a page for documents of one scope, see {@link formatPulledRows}. */
export function pulledRowFormat(scope: string): (row: Omit<PageRow, 'scope'>) => string {
  const scopeText = JSON.stringify(scope);
  return ({ version, id, text }) => `${version}\t${scopeText}\t${text ?? JSON.stringify(id)}`;
}

/** Reads the text of a page. Throws REQUEST_INVALID if it is not a list of rows. */
export function parsePulledRows(documents: string): readonly PulledRow[] {
  if (documents === '') return [];
  const scopes = new Map<string, string>();
  return documents.split('\n').map((line) => parsePulledRow(line, scopes));
}

/** A page names few scopes many times: each is read once. */
function parsePulledRow(line: string, scopes: Map<string, string>): PulledRow {
  const first = line.indexOf('\t');
  const second = line.indexOf('\t', first + 1);
  const v = line.slice(0, first);
  const text = line.slice(second + 1);
  if (second <= first + 1 || parseVersion(v) === null) throw notRows();
  const scopeText = line.slice(first + 1, second);
  const s = scopes.get(scopeText) ?? parseJson(scopeText);
  const content = parseJson(text);
  if (typeof s !== 'string') throw notRows();
  scopes.set(scopeText, s);
  if (typeof content === 'string') return { s, v, del: content };
  if (!isDocument(content)) throw notRows();
  return { s, v, doc: content, text };
}

function isDocument(content: unknown): content is JsonDocument {
  return content !== null && typeof content === 'object' && typeof Reflect.get(content, 'id') === 'string';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notRows(cause);
  }
}

function notRows(cause?: unknown): DatastoreError {
  return new DatastoreError('REQUEST_INVALID', 'A pulled page does not hold rows.', { cause });
}
