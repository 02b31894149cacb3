import type { JsonValue } from '@datastores/core/schema';
import { type Document, type Fragments, parseDocument, parseFragments } from './document.ts';
import { placeholdersIn } from './template.ts';

/** Values of variables by name: JSON with placeholders. */
export type Templates = Readonly<Record<string, JsonValue>>;

/** A document with the templates of its variables. */
export interface PreparedDocument {
  readonly document: Document;
  readonly variables: Templates;
}

/** Says what is wrong with an entry. */
export type Complain = (at: string, message: string) => void;

/** One entry with a document. */
export interface DocumentEntry {
  readonly entry: string;
  readonly text: string;
  readonly operation: Document['operation'];
  readonly variables: Templates;
  /** Variables of further pages. */
  readonly further?: Templates | undefined;
  /** Placeholders that have a value here. */
  readonly offers: readonly string[];
  readonly needs?: readonly (string | undefined)[];
}

/** Reads the document of an entry and checks its variables; see {@link createPrepare}. */
export type Prepare = (entry: DocumentEntry) => PreparedDocument;

/** Reads documents that may use these fragments. A variable without a template gets the placeholder of its own name. */
export function createPrepare(fragments: string | undefined, complain: Complain): Prepare {
  const shared = fragments === undefined ? new Map() : readFragments(fragments, complain);
  return (of) => {
    const { entry, operation, variables, further = {}, offers, needs = [] } = of;
    const document = readDocument(of, shared, complain);
    // More would be said of it only for want of having been read.
    if (document.fields.length === 0) return { document, variables };
    if (document.operation !== operation) complain(entry, `must be a ${operation}, not a ${document.operation}`);
    const declared = document.variables.map(({ name }) => name);
    for (const name of Object.keys({ ...variables, ...further })) {
      if (!declared.includes(name)) complain(`${entry}.variables`, `the document declares no $${name}`);
    }
    // A variable that is named for further pages alone stays out of the first.
    const own = declared.filter((name) => offers.includes(name) || !Object.hasOwn(further, name));
    const templates = Object.fromEntries(own.map((name) => [name, variables[name] ?? `{${name}}`]));
    const used = placeholdersIn([templates, further]).map(({ name }) => name);
    const list = offers.map((name) => `{${name}}`).join(', ');
    for (const name of used) {
      if (!offers.includes(name)) complain(`${entry}.variables`, `there is no {${name}} here, but ${list}`);
    }
    for (const name of needs) {
      if (name !== undefined && !used.includes(name)) complain(`${entry}.variables`, `no variable is {${name}}`);
    }
    return { document, variables: templates };
  };
}

/** True if a template of these uses the placeholder. */
export function uses(variables: Templates, placeholder: string): boolean {
  return placeholdersIn({ ...variables }).some(({ name }) => name === placeholder);
}

/** Several uses of one document in one request are told apart by the name of its field. */
export function complainOfParts(
  entry: string,
  { document, places }: { readonly document: Document; readonly places: Readonly<Record<string, string | undefined>> },
  complain: Complain,
): void {
  const [field, ...others] = document.fields;
  if (field === undefined) return;
  if (others.length > 0) complain(entry, `must ask for one field, not for ${document.fields.length}`);
  if (document.directives.length > 0) complain(entry, 'put directives on its field instead of the operation');
  if ([...document.fragments.values()].some((words) => words.includes('$'))) {
    complain(entry, 'its fragments must not use variables');
  }
  for (const [name, path] of Object.entries(places)) {
    if (path !== undefined && path.split('.')[0] !== field.as)
      complain(`${entry}.${name}`, `must begin with ${field.as}`);
  }
}

function readDocument({ entry, text, operation }: DocumentEntry, fragments: Fragments, complain: Complain): Document {
  try {
    return parseDocument(text, fragments);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    complain(entry, `the document cannot be read: ${error.message}`);
    return { operation, variables: [], fields: [], directives: [], fragments };
  }
}

function readFragments(text: string, complain: Complain): Fragments {
  try {
    return parseFragments(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    complain('fragments', `they cannot be read: ${error.message}`);
    return new Map();
  }
}
