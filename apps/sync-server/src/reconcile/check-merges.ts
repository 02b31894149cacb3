import type { Stream } from '../connectors/connector.ts';
import type { Binding } from './binding.ts';
import { isAsk } from './field-rules.ts';

/** Why fields of a binding cannot be merged as it says, by the stream that it binds. */
export function mergeProblems(binding: Binding, stream: Stream): readonly string[] {
  return Object.entries(binding.fields).flatMap(([field, rule]) => {
    if (!('merge' in rule)) return [];
    const where = `field "${field}"`;
    if (rule.merge === 'latest' && binding.changedAt === undefined) {
      return [
        `${where}: merge: 'latest' compares when both sides changed, and nothing says when the record did; add changedAt: (record) => milliseconds since 1970 or null, or use merge: 'there' or 'here'.`,
      ];
    }
    if (rule.merge !== 'ask') return [];
    if (binding.toRecord === undefined) {
      return [
        `${where}: merge: 'ask' asks which side is told what, and without toRecord the system is never told anything; use merge: 'there' or 'here', or add toRecord.`,
      ];
    }
    if (!stream.traits.guarded) {
      return [
        `${where}: merge: 'ask' needs a stream that guards writes by version, else a change over there is written over before anybody can be asked; use merge: 'there' or 'here'.`,
      ];
    }
    return [];
  });
}

/** Where the value here is another system's to say, no answer to a question about it would last. */
export function askedOwnerProblems(bindings: readonly Binding[]): readonly string[] {
  return bindings.flatMap((binding) =>
    Object.entries(binding.fields).flatMap(([field, rule]) => {
      if (!isAsk(rule)) return [];
      const owner = bindings.find((other) => other.datastore.name === binding.datastore.name && owns(other, field));
      if (owner === undefined) return [];
      return [
        `Binding ${binding.system}/${binding.stream}, field "${field}": ${owner.system}/${owner.stream} owns it, so nobody has to be asked; use { from: 'here' } to pass it on.`,
      ];
    }),
  );
}

function owns({ fields }: Binding, field: string): boolean {
  const rule = Object.hasOwn(fields, field) ? fields[field] : undefined;
  return rule !== undefined && 'from' in rule && rule.from === 'there';
}
