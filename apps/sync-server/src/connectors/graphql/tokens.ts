/** The words of a GraphQL text, without comments, commas and blanks. Throws SyntaxError at what is no word. */
export function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  for (const { 0: token, groups } of text.matchAll(TOKEN)) {
    if (groups?.other !== undefined) throw new SyntaxError(`there is an unexpected ${JSON.stringify(token)}`);
    if (groups?.word !== undefined) tokens.push(token);
  }
  return tokens;
}

/** Index of the bracket that closes the one at `open`. Throws SyntaxError where there is none. */
export function closing(tokens: readonly string[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at += 1) {
    if (OPEN.includes(tokens[at] ?? '')) depth += 1;
    if (CLOSE.includes(tokens[at] ?? '')) depth -= 1;
    if (depth === 0) return at;
  }
  throw new SyntaxError(`a ${tokens[open]} is not closed`);
}

/** True for a name, as fields and variables have. */
export function isName(token: string | undefined): token is string {
  return token !== undefined && /^[_A-Za-z]\w*$/.test(token);
}

const OPEN = ['{', '(', '['];
const CLOSE = ['}', ')', ']'];

/** Texts before everything else, so that nothing within them is taken for a word. */
const TOKEN =
  /(?:[\s,\uFEFF]+|#[^\n\r]*)|(?<word>"""(?:\\"""|[\s\S])*?"""|"(?:\\.|[^"\\\n\r])*"|\.\.\.|[_A-Za-z]\w*|-?\d[\w.+-]*|[!$&()[\]{}:=@|])|(?<other>[\s\S])/g;
