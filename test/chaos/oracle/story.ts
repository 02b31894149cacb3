import type { Noted } from './history.ts';
import type { Ending } from './judge.ts';

/** Everything that is known of one document, for whoever has to find out what went wrong with it. */
export function storyOf(id: string, writes: readonly Noted[], { decisions, rejected, excused }: Ending): string {
  const written = writes
    .filter((write) => write.id === id && write.state !== 'void')
    .map((write) => `${write.name} ${write.kind}<${write.previous}${excused?.(write) === true ? ' (gone)' : ''}`);
  const decided = decisions
    .filter((decision) => decision.id === id && (decision.field === 'text' || decision.field === '*'))
    .map(({ field, by, proposed, result }) => `${field} by ${by}: ${JSON.stringify(proposed)} -> ${short(result)}`);
  const refused = [...rejected].flatMap(([writer, changes]) =>
    changes.filter((change) => change.id === id).map(({ document }) => `${writer}: ${document?.text ?? 'removal'}`),
  );
  return `writes: ${written.join(', ')}; decisions: ${decided.join(', ')}; rejected: ${refused.join(', ')}`;
}

function short(value: unknown): string {
  return String(JSON.stringify(value)).slice(0, 80);
}
