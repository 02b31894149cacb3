import type { Comparison, Drift, FieldDrift } from '../reconcile/compare/comparison.ts';

/** A comparison in one line. */
export function summaryOf({ counts, repairs, startedAt, endedAt }: Comparison, running: boolean): string {
  const when = endedAt === null ? (running ? 'under way' : 'interrupted') : new Date(endedAt).toISOString();
  const begun = endedAt === null ? ` since ${new Date(startedAt).toISOString()}` : '';
  return `${when}${begun}: ${countsOf(counts)}${repairs ? ' (repaired)' : ''}`;
}

/** What a comparison found and what it took, for people. */
export function describeComparison(name: string, comparison: Comparison): string {
  const { counts, repairs, fields, examples, notes, cost, way } = comparison;
  const lines = [`${name}: ${countsOf(counts)}`];
  const named = Object.entries(fields).map(([field, count]) => `${field} ${count}`);
  if (named.length > 0) lines.push(`  by field     ${named.join(', ')}`);
  for (const drift of examples) lines.push(...describeDrift(drift));
  for (const note of notes) lines.push(`  note         ${note}`);
  lines.push(
    `  cost         ${cost.calls} calls, ${cost.records} records, ${cost.bytes} bytes${way === 'digest' ? `, ${cost.ranges} ranges, ${cost.digests} digests` : ''}`,
  );
  if (isDrift(comparison))
    lines.push(`  ${repairs ? 'repaired: what differed was handed on.' : 'nothing was changed; --repair does.'}`);
  return `${lines.join('\n')}\n`;
}

/** True if something differs that is not on its way. */
export function isDrift({ counts }: Comparison): boolean {
  return counts.different + counts.missingHere + counts.missingThere > 0;
}

function countsOf({ same, different, missingHere, missingThere, pending, moved }: Comparison['counts']): string {
  const parts = [
    `${same} same`,
    `${different} different`,
    `${missingHere} missing here`,
    `${missingThere} missing there`,
  ];
  if (pending > 0) parts.push(`${pending} pending`);
  if (moved > 0) parts.push(`${moved} moved meanwhile`);
  return parts.join(', ');
}

function describeDrift({ is, key, id, fields, repair, reason }: Drift): string[] {
  const what = [key === null ? 'no record' : `record ${key}`, id === null ? 'no document' : `document ${id}`].join(
    ', ',
  );
  const way = repair === 'none' ? (reason ?? '') : `repair: ${repair}`;
  return [`  ${is.padEnd(12)} ${what} (${way})`, ...fields.map(describeField)];
}

function describeField({ field, here, there, repair }: FieldDrift): string {
  return `  ${' '.repeat(12)} ${field}: here ${JSON.stringify(here)}, there ${JSON.stringify(there)} (${repair})`;
}
