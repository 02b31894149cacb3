import { closing, isName, tokensOf } from './tokens.ts';

/** One operation of GraphQL, taken apart so that several can be put into one request. */
export interface Document {
  readonly operation: 'query' | 'mutation';
  /** Declared variables: name and the rest of the declaration (type, default value). */
  readonly variables: readonly { readonly name: string; readonly type: readonly string[] }[];
  /** The fields of the operation, each as words; the answer to each is at its `as`. */
  readonly fields: readonly { readonly as: string; readonly words: readonly string[] }[];
  /** Words of directives on the operation itself. */
  readonly directives: readonly string[];
  /** Fragments by name that it needs, those of the stream included. */
  readonly fragments: Fragments;
}

/** Fragments as words, by name. */
export type Fragments = ReadonlyMap<string, readonly string[]>;

/**
 * Reads a text of one operation. Fragments that it uses and does not hold are taken from `shared`. Throws SyntaxError for
 * what cannot be read, or holds no operation, or more than one; everything else is left to the service.
 */
export function parseDocument(text: string, shared: Fragments = new Map()): Document {
  const { operations, fragments: own } = definitionsOf(tokensOf(text));
  const [words, ...others] = operations;
  if (words === undefined || others.length > 0) throw new SyntaxError(`it holds ${operations.length} operations`);
  const operation = words[0] === '{' ? 'query' : words[0];
  if (operation !== 'query' && operation !== 'mutation') throw new SyntaxError(`it is a ${operation}`);
  let at = words[0] === '{' ? 0 : 1;
  if (isName(words[at])) at += 1;
  let variables: Document['variables'] = [];
  if (words[at] === '(') {
    const end = closing(words, at);
    variables = variablesIn(words.slice(at + 1, end));
    at = end + 1;
  }
  const body = words.indexOf('{', at);
  const directives = words.slice(at, body);
  const fields = fieldsIn(words.slice(body + 1, -1));
  if (fields.length === 0) throw new SyntaxError('it asks for nothing');
  const fragments = usedFragments(words, new Map([...shared, ...own]));
  return { operation, variables, fields, directives, fragments };
}

/** Reads a text that holds fragments alone. Throws SyntaxError. */
export function parseFragments(text: string): Fragments {
  const { operations, fragments } = definitionsOf(tokensOf(text));
  if (operations.length > 0) throw new SyntaxError('it holds an operation besides fragments');
  return fragments;
}

function definitionsOf(tokens: readonly string[]): { operations: string[][]; fragments: Map<string, string[]> } {
  const operations: string[][] = [];
  const fragments = new Map<string, string[]>();
  for (let at = 0; at < tokens.length; ) {
    const head = tokens[at] ?? '';
    if (!['{', 'query', 'mutation', 'subscription', 'fragment'].includes(head)) {
      throw new SyntaxError(`${head} begins no operation and no fragment`);
    }
    let open = at;
    while (open < tokens.length && tokens[open] !== '{')
      open = tokens[open] === '(' ? closing(tokens, open) + 1 : open + 1;
    if (open >= tokens.length) throw new SyntaxError(`behind ${head} there are no fields`);
    const end = closing(tokens, open) + 1;
    const words = tokens.slice(at, end);
    if (head === 'fragment') fragments.set(words[1] ?? '', words);
    else operations.push(words);
    at = end;
  }
  return { operations, fragments };
}

function variablesIn(words: readonly string[]): Document['variables'] {
  const starts = words.flatMap((word, at) => (word === '$' && words[at + 2] === ':' ? [at] : []));
  return starts.map((start, index) => {
    const name = words[start + 1];
    if (!isName(name)) throw new SyntaxError('a variable has no name');
    return { name, type: words.slice(start + 3, starts[index + 1] ?? words.length) };
  });
}

/** A field is an alias, its name, arguments, directives and fields of its own. */
function fieldsIn(words: readonly string[]): Document['fields'] {
  const fields: { as: string; words: readonly string[] }[] = [];
  for (let at = 0; at < words.length; ) {
    const start = at;
    const as = words[at];
    if (!isName(as)) throw new SyntaxError(`write the fields of the operation itself out, instead of ${as}`);
    at += words[at + 1] === ':' ? 3 : 1;
    if (words[at] === '(') at = closing(words, at) + 1;
    while (words[at] === '@') at = words[at + 2] === '(' ? closing(words, at + 2) + 1 : at + 2;
    if (words[at] === '{') at = closing(words, at) + 1;
    fields.push({ as, words: words.slice(start, at) });
  }
  return fields;
}

/** A service refuses a request with a fragment that nothing uses. */
function usedFragments(
  words: readonly string[],
  known: Fragments,
  used = new Map<string, readonly string[]>(),
): Fragments {
  for (const [at, word] of words.entries()) {
    const name = words[at + 1];
    if (word !== '...' || !isName(name) || name === 'on' || used.has(name)) continue;
    const fragment = known.get(name);
    if (fragment === undefined) throw new SyntaxError(`there is no fragment ${name}`);
    used.set(name, fragment);
    usedFragments(fragment, known, used);
  }
  return used;
}
