import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Problem } from './oracle/judge.ts';
import type { HostileRequest } from './requests/request.ts';

/** Where requests are kept whose answer broke a promise. */
const CORPUS = fileURLToPath(new URL('../../../data/fuzz/corpus', import.meta.url));

/** A request as it is kept. */
interface Kept extends Omit<HostileRequest, 'pieces'> {
  readonly seed: number;
  readonly number: number;
  readonly problem: Problem;
  /** In Base64. */
  readonly pieces: readonly string[];
}

/** Keeps a request with what was wrong. Returns the command that sends it again. */
export function keep(request: HostileRequest, found: Pick<Kept, 'seed' | 'number' | 'problem'>): string {
  mkdirSync(CORPUS, { recursive: true });
  const file = join(CORPUS, `${found.problem.kind}-${found.seed}-${found.number}.json`);
  const pieces = request.pieces.map((piece) => Buffer.from(piece).toString('base64'));
  writeFileSync(file, `${JSON.stringify({ ...found, ...request, pieces } satisfies Kept, null, 2)}\n`);
  return `npm run fuzz -- --replay ${file}`;
}

/** A request that was kept. Throws what reading and parsing throw. */
export function keptRequest(file: string): HostileRequest {
  const { pieces, ...kept } = JSON.parse(readFileSync(file, 'utf8')) as Kept;
  return { ...kept, pieces: pieces.map((piece) => Buffer.from(piece, 'base64')) };
}
