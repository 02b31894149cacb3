import type { Connector, Stream } from '../connectors/connector.ts';
import type { Binding } from './binding.ts';
import type { EffectiveRule, FieldRules } from './field-rules.ts';

/** A binding with the stream it binds and its rules ready for use. */
export interface BoundStream {
  readonly binding: Binding;
  readonly stream: Stream;
  readonly rules: FieldRules;
  /** Who the engine says wrote what came from this system. */
  readonly author: string;
}

/** Joins a checked binding with its stream; `bindings` are all of the server, since they share fields of documents. */
export function bindStream(binding: Binding, connector: Connector, bindings: readonly Binding[]): BoundStream {
  const stream = connector.streams[binding.stream];
  // check-bindings.ts has refused a binding whose stream the connector lacks.
  if (stream === undefined) throw new Error(`Stream "${binding.stream}" is not offered by "${binding.system}".`);
  const rules = new Map<string, EffectiveRule>();
  for (const [field, rule] of Object.entries(binding.fields)) {
    const mine = rankOf(binding, field);
    const outranked = bindings.some(
      (other) =>
        other !== binding &&
        other.datastore.name === binding.datastore.name &&
        (rankOf(other, field) ?? Infinity) < (mine ?? -1),
    );
    rules.set(field, { rule, outranked });
  }
  return { binding, stream, rules, author: `@${binding.system}` };
}

/** Rank by which a binding owns a field; undefined if it does not own it. */
function rankOf(binding: Binding, field: string): number | undefined {
  const rule = Object.hasOwn(binding.fields, field) ? binding.fields[field] : undefined;
  return rule !== undefined && 'from' in rule && rule.from === 'there' ? (rule.rank ?? 0) : undefined;
}
