import type { JsonValue } from '@datastores/core/schema';
import type { QualifiedTag, SAXParser, Tag } from 'sax';
import { FileRefused } from './file-refused.ts';
import type { Format } from './format-options.ts';
import type { RawRow, RowOptions } from './raw-row.ts';

type XmlFormat = Extract<Format, { is: 'xml' }>;

/**
 * The records of an XML file: elements of one name, their children as values by path (`a/b`, `@attribute`); of several
 * children of one name a list is made. Throws FileRefused for XML that is not well-formed or whole, and for every
 * document type declaration: nothing is ever expanded or fetched.
 */
export async function* readXml(
  text: AsyncIterable<string>,
  format: XmlFormat,
  options: RowOptions,
): AsyncGenerator<RawRow> {
  const { SAXParser: Parser } = (await import('sax')).default;
  const parser = new Parser(true, { position: true });
  const rows = collectRows(parser, format, options.maxRecord);
  for await (const piece of text) {
    parser.write(piece);
    yield* rows.take();
  }
  parser.close();
  yield* rows.take();
}

function collectRows(parser: SAXParser, format: XmlFormat, maxRecord: number) {
  let ready: RawRow[] = [];
  let record: OpenRecord | null = null;
  let problem: string | null = null;
  const refuse = (reason: string) => {
    problem ??= reason;
  };
  parser.onerror = (error) => {
    refuse(`is no well-formed XML: ${error.message.split('\n')[0]} at line ${parser.line + 1}`);
    parser.error = null as unknown as Error;
  };
  parser.ondoctype = () => refuse('has a document type declaration, which is never read');
  parser.onprocessinginstruction = ({ name, body }) => {
    const declared = name === 'xml' ? /encoding\s*=\s*["']([^"']+)/.exec(body)?.[1] : undefined;
    if (declared !== undefined && !isSameEncoding(declared, format.encoding)) {
      refuse(`declares the encoding ${declared}, while the stream is declared as ${format.encoding}`);
    }
  };
  parser.onopentag = (tag) => {
    if (record) openElement(record, tag);
    else if (tag.name === format.record) record = beginRecord(tag, parser.line + 1);
  };
  const onText = (piece: string) => {
    const open = record?.open.at(-1);
    if (!record || !open) return;
    record.size += piece.length;
    if (record.size <= maxRecord) open.text += piece;
  };
  parser.ontext = onText;
  parser.oncdata = onText;
  parser.onclosetag = () => {
    if (!record) return;
    if (record.open.length > 0) closeElement(record, format);
    else {
      ready.push(rowOf(record, maxRecord));
      record = null;
    }
  };
  return {
    take() {
      if (problem !== null) throw new FileRefused(problem);
      const taken = ready;
      ready = [];
      return taken;
    },
  };
}

interface OpenRecord {
  readonly line: number;
  readonly values: Map<string, JsonValue>;
  readonly open: OpenElement[];
  size: number;
}

interface OpenElement {
  readonly path: string;
  readonly nil: boolean;
  text: string;
  parent: boolean;
}

function beginRecord(tag: Tag | QualifiedTag, line: number): OpenRecord {
  const record: OpenRecord = { line, values: new Map(), open: [], size: 0 };
  takeAttributes(record, tag, '');
  return record;
}

function openElement(record: OpenRecord, tag: Tag | QualifiedTag): void {
  const above = record.open.at(-1);
  if (above) above.parent = true;
  const path = above ? `${above.path}/${tag.name}` : tag.name;
  record.size += tag.name.length;
  const nil = Object.entries(tag.attributes).some(
    ([name, value]) => /^(?:\w+:)?nil$/.test(name) && (value === 'true' || value === '1'),
  );
  record.open.push({ path, nil, text: '', parent: false });
  takeAttributes(record, tag, `${path}/`);
}

function takeAttributes(record: OpenRecord, tag: Tag | QualifiedTag, before: string): void {
  for (const [name, value] of Object.entries(tag.attributes)) {
    if (/^xmlns(?::|$)|^(?:\w+:)?nil$/.test(name)) continue;
    record.size += name.length + String(value).length;
    put(record, `${before}@${name}`, String(value));
  }
}

function closeElement(record: OpenRecord, format: XmlFormat): void {
  const element = record.open.pop();
  if (!element || element.parent) return;
  if (element.nil) put(record, element.path, null);
  else if (element.text !== '') put(record, element.path, element.text);
  else if (format.empty !== 'absent') put(record, element.path, format.empty === 'null' ? null : '');
}

function put({ values }: OpenRecord, path: string, value: JsonValue): void {
  const known = values.get(path);
  if (known === undefined) values.set(path, value);
  else values.set(path, Array.isArray(known) ? [...known, value] : [known, value]);
}

function rowOf({ line, values, size }: OpenRecord, maxRecord: number): RawRow {
  if (size > maxRecord) return { line, text: '', ended: true, fault: 'is longer than maxRecord' };
  const found = Object.fromEntries(values);
  return { line, text: JSON.stringify(found), ended: true, values: found };
}

function isSameEncoding(declared: string, encoding: string): boolean {
  const plain = declared.toLowerCase();
  const single = ['iso-8859-1', 'latin1', 'windows-1252', 'us-ascii'];
  if (single.includes(plain)) return plain === 'us-ascii' || single.includes(encoding);
  if (plain.startsWith('utf-16')) return encoding === 'utf-16le';
  return plain.replace('utf8', 'utf-8') === encoding;
}
