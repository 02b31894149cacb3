/** Text that is written into JSON as it stands, also where no value would be written so: `1e999`, `-0`, nothing at all. */
export interface Raw {
  readonly raw: string;
}

/** An object as a list of entries, so that a key can stand in it twice, or be one that an object cannot have. */
export interface Fields {
  readonly fields: readonly (readonly [key: string, value: Node])[];
}

/** A JSON value that need not be one. */
export type Node = string | number | boolean | null | Raw | Fields | readonly Node[];

/** A plain value as a node. */
export function nodeOf(value: unknown): Node {
  if (Array.isArray(value)) return value.map(nodeOf);
  if (value !== null && typeof value === 'object') {
    return { fields: Object.entries(value).map(([key, inner]) => [key, nodeOf(inner)] as const) };
  }
  return value === undefined ? { raw: '' } : (value as Node);
}

/** True for an object. */
export function isFields(node: Node): node is Fields {
  return node !== null && typeof node === 'object' && 'fields' in node;
}

/** True for a list. */
export function isList(node: Node): node is readonly Node[] {
  return Array.isArray(node);
}

/** The text of a node. */
export function textOf(node: Node): string {
  if (isList(node)) return `[${node.map(textOf).join(',')}]`;
  if (isFields(node)) return `{${node.fields.map(([key, value]) => `${quoted(key)}:${textOf(value)}`).join(',')}}`;
  if (node !== null && typeof node === 'object') return node.raw;
  return typeof node === 'string' ? quoted(node) : String(node);
}

/** Halves of surrogate pairs are written as escapes, which keep them through UTF-8. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
