import type { JsonValue } from '@datastores/core/schema';
import { writeValue } from './cell-value.ts';
import type { Format } from './format-options.ts';

type XmlFormat = Extract<Format, { is: 'xml' }>;

/** Records as XML. Paths `a/b` become nested elements, `@a` attributes; null is `xsi:nil`. */
export function writeXml(rows: readonly ReadonlyMap<string, JsonValue>[], format: XmlFormat): string {
  const { root, encoding } = format;
  const declaration = `<?xml version="1.0" encoding="${encoding === 'latin1' ? 'windows-1252' : encoding}"?>\n`;
  const records = rows.map((row) => `${elementOf(treeOf(format.record, row), format)}\n`).join('');
  return `${declaration}<${root} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n${records}</${root}>\n`;
}

interface Element {
  readonly name: string;
  readonly attributes: Map<string, JsonValue>;
  readonly children: Element[];
  value?: JsonValue;
}

function treeOf(name: string, row: ReadonlyMap<string, JsonValue>): Element {
  const record: Element = { name, attributes: new Map(), children: [] };
  for (const [path, value] of row) {
    const parts = path.split('/');
    const last = parts.pop() ?? '';
    let parent = record;
    for (const part of parts) parent = childOf(parent, part);
    if (last.startsWith('@')) parent.attributes.set(last.slice(1), value);
    else childOf(parent, last).value = value;
  }
  return record;
}

function childOf({ children }: Element, name: string): Element {
  const known = children.find((child) => child.name === name);
  if (known) return known;
  const made: Element = { name, attributes: new Map(), children: [] };
  children.push(made);
  return made;
}

function elementOf({ name, attributes, children, value }: Element, format: XmlFormat): string {
  const said = [...attributes].flatMap(([attribute, given]) =>
    given === null ? [] : [` ${attribute}="${escapeText(writeValue(given, format))}"`],
  );
  const nil = value === null && children.length === 0 ? ' xsi:nil="true"' : '';
  const text = value === null || value === undefined ? '' : escapeText(writeValue(value, format));
  const inner = text + children.map((child) => elementOf(child, format)).join('');
  const start = `<${name}${said.join('')}${nil}`;
  return inner === '' ? `${start}/>` : `${start}>${inner}</${name}>`;
}

/** Line ends are written as references, since a reader may make others of them. */
function escapeText(text: string): string {
  return text.replace(/[&<>"'\r\n\t]/g, (character) => `&#${character.charCodeAt(0)};`);
}
