import type { KeyRange, RangeDigest } from '../../connectors/connector.ts';
import type { Run } from './run.ts';

/** After so many failures in a row records are read instead. The first may be a failure of the system as a whole. */
const MOST_FAILURES = 2;

/** Asks for digests of ranges; null: the system has failed to compute them before and does so again. Throws what it fails with. */
export async function askDigests(
  run: Run,
  ranges: readonly KeyRange[],
  list: number,
): Promise<readonly RangeDigest[] | null> {
  const { stream, reach, tally } = run;
  const request = { ranges: ranges.map(({ from, to }) => ({ from, to })), list };
  tally.spend({ calls: 1, ranges: ranges.length });
  try {
    const answers = await reach.calls.call(async (context) => stream.stream.digest?.(request, context) ?? []);
    const problem = answersProblem(answers, ranges.length);
    if (problem !== null) throw new TypeError(problem);
    const listed = answers.reduce((sum, { records }) => sum + (records?.length ?? 0), 0);
    tally.spend({ digests: listed, bytes: JSON.stringify(answers).length });
    stream.memory.digestFailures = 0;
    return answers;
  } catch (error) {
    reach.signal.throwIfAborted();
    stream.memory.digestFailures += 1;
    if (stream.memory.digestFailures < MOST_FAILURES) throw error;
    reach.log.warn('digests-failed', { system: reach.system, stream: stream.name, error });
    return null;
  }
}

function answersProblem(answers: readonly RangeDigest[], wanted: number): string | null {
  if (!Array.isArray(answers) || answers.length !== wanted) {
    return `The connector was asked for digests of ${wanted} ranges and did not answer with as many.`;
  }
  const wrong = answers.find(
    ({ count, digest }) =>
      !Number.isSafeInteger(count) || count < 0 || !(digest === null || /^[0-9a-f]{16}$/.test(digest)),
  );
  return wrong === undefined
    ? null
    : 'The connector gave something else than a count and a digest of 16 hexadecimal digits.';
}
