import type { FieldOptions, Format } from './format-options.ts';

/** What options of a stream say against each other. */
export interface Complaint {
  readonly path: string[];
  readonly message: string;
}

/** The parts of a stream that can contradict each other. */
interface Declared {
  readonly format: Format;
  readonly key: string;
  readonly fields?: Readonly<Record<string, FieldOptions>> | undefined;
  readonly inbox?:
    | {
        readonly full?: string | undefined;
        readonly delta?: string | undefined;
        readonly ready: { readonly by: string };
        readonly complete?:
          | { readonly minRows?: number | undefined; readonly trailer?: string | undefined }
          | undefined;
      }
    | undefined;
  readonly outbox?:
    | { readonly rows: string; readonly writeId: string; readonly operation: { readonly field: string } }
    | undefined;
  readonly ack?: unknown;
}

/** Finds options that cannot work together; each complaint names the entry to change. */
export function complaintsOf(stream: Declared): Complaint[] {
  return [...inboxComplaints(stream), ...outboxComplaints(stream), ...formatComplaints(stream)];
}

function* inboxComplaints({ inbox, outbox, format, ack }: Declared): Generator<Complaint> {
  if (!inbox && !outbox) yield { path: ['inbox'], message: 'declare an inbox, an outbox or both' };
  if (ack && !outbox) yield { path: ['ack'], message: 'acknowledgements need an outbox' };
  if (!inbox) return;
  if (!inbox.full && !inbox.delta) yield { path: ['inbox'], message: 'needs a pattern: full, delta or both' };
  const { minRows, trailer } = inbox.complete ?? {};
  const proven = minRows !== undefined || trailer !== undefined || inbox.ready.by === 'marker' || format.is === 'xml';
  if (inbox.full && !proven) {
    const message = 'a full export must show that it is whole: give minRows or trailer, or ready by marker';
    yield { path: ['inbox', 'complete'], message };
  }
  if (trailer === undefined) return;
  if (format.is === 'xml') {
    yield { path: ['inbox', 'complete', 'trailer'], message: 'XML ends with its root element; use minRows' };
  }
  if (!isExpression(trailer)) yield { path: ['inbox', 'complete', 'trailer'], message: 'is no regular expression' };
}

function* outboxComplaints({ outbox, format, fields, key }: Declared): Generator<Complaint> {
  if (!outbox) return;
  if (format.is === 'csv' && !fields) {
    yield { path: ['fields'], message: 'an outbox in CSV needs the fields, for the order of its columns' };
  }
  if (format.is === 'csv' && outbox.rows === 'changed' && format.nullText === format.absentText) {
    const message = 'rows of changed fields need an absentText other than nullText, or nobody can tell them apart';
    yield { path: ['format', 'absentText'], message };
  }
  const sources = Object.entries(fields ?? { [key]: {} as FieldOptions }).map(([name, field]) => field.from ?? name);
  const columns = [outbox.operation.field, outbox.writeId, ...sources];
  const twice = columns.find((column, at) => columns.indexOf(column) !== at);
  if (twice !== undefined) yield { path: ['outbox'], message: `two columns would be named "${twice}"` };
}

function* formatComplaints({ format, fields, key }: Declared): Generator<Complaint> {
  if (fields && !Object.hasOwn(fields, key)) yield { path: ['key'], message: `"${key}" is not among the fields` };
  if (format.is === 'csv') {
    const { quote, separator, decimal, header } = format;
    if (quote === separator) yield { path: ['format', 'quote'], message: 'must differ from the separator' };
    if (quote === false && decimal === separator) {
      yield { path: ['format', 'decimal'], message: 'without quotes it must differ from the separator' };
    }
    if (header && new Set(header).size < header.length) {
      yield { path: ['format', 'header'], message: 'names a column twice' };
    }
  }
  if (format.thousands === format.decimal) {
    yield { path: ['format', 'thousands'], message: 'must differ from the decimal sign' };
  }
}

function isExpression(given: string): boolean {
  try {
    new RegExp(given, 'u');
    return true;
  } catch {
    return false;
  }
}
