import { DatastoreError } from '@datastores/core';
import type { Connector } from '../connectors/connector.ts';
import type { Binding } from './binding.ts';
import { askedOwnerProblems, mergeProblems } from './check-merges.ts';
import { isSum } from './field-rules.ts';
import { nextTime } from './schedule.ts';

/** The systems by name, as far as the check needs them. */
export type CheckedSystems = Readonly<
  Record<string, { readonly connector: Pick<Connector, 'kind' | 'streams' | 'receive' | 'listen'> }>
>;

/**
 * Refuses bindings that contradict their schema, their stream or each other, with BINDING_INVALID and a message that
 * says for each problem what to write. Everything is reported at once.
 */
export function checkBindings(bindings: readonly Binding[], systems: CheckedSystems): void {
  const problems = [
    ...bindings.flatMap((binding) => [...streamProblems(binding, systems), ...fieldProblems(binding)]),
    ...repeatedStreams(bindings),
    ...ownerProblems(bindings),
    ...askedOwnerProblems(bindings),
  ];
  if (problems.length > 0) throw new DatastoreError('BINDING_INVALID', problems.join(' '));
}

function streamProblems(binding: Binding, systems: CheckedSystems): string[] {
  const name = nameOf(binding);
  const system = Object.hasOwn(systems, binding.system) ? systems[binding.system] : undefined;
  if (system === undefined) {
    return [
      `${name}: there is no system "${binding.system}"; declare it under systems (known: ${list(Object.keys(systems))}).`,
    ];
  }
  const { streams, kind, receive, listen } = system.connector;
  const stream = Object.hasOwn(streams, binding.stream) ? streams[binding.stream] : undefined;
  if (stream === undefined) {
    return [
      `${name}: the connector ${kind} offers no stream "${binding.stream}"; use one of ${list(Object.keys(streams))}.`,
    ];
  }
  const problems: string[] = [];
  const listed = stream.changes !== undefined || stream.scan !== undefined;
  const told = receive !== undefined || listen !== undefined;
  const pulls = Object.values(binding.fields).some((rule) => !('from' in rule && rule.from === 'here'));
  if (!listed && !told && pulls) {
    problems.push(
      `${name}: the stream offers neither changes nor scan and nothing tells of its changes, so nothing can be pulled; add one to the connector, or own all fields with { from: 'here' }.`,
    );
  }
  if (binding.toRecord !== undefined && stream.push === undefined) {
    problems.push(`${name}: the stream cannot be written; take out toRecord.`);
  }
  problems.push(...mergeProblems(binding, stream).map((problem) => `${name}, ${problem}`));
  const sums = Object.values(binding.fields).some(isSum);
  if (sums && binding.toRecord !== undefined && !stream.traits.adds && !stream.traits.guarded) {
    problems.push(
      `${name}: quantities (merge: 'sum') need a stream that adds or that guards writes by version, else concurrent sales are lost; use { from: 'there' } or { from: 'here' }.`,
    );
  }
  if (binding.strategies.length === 0) {
    problems.push(`${name}: strategies is empty, so nothing would ever be exchanged; add e.g. realTime().`);
  }
  for (const strategy of binding.strategies) {
    if (strategy.kind !== 'scheduled') continue;
    try {
      nextTime(strategy, Date.now());
    } catch (error) {
      problems.push(
        `${name}: the schedule "${strategy.cron}" in "${strategy.timeZone}" cannot be read: ${String(error)}.`,
      );
    }
    if (stream.scan === undefined) problems.push(`${name}: the stream cannot be scanned; take out scheduled().`);
  }
  return problems;
}

function fieldProblems(binding: Binding): string[] {
  const { datastore, fields } = binding;
  const problems: string[] = [];
  for (const [field, rule] of Object.entries(fields)) {
    const where = `${nameOf(binding)}, field "${field}"`;
    const property = Object.hasOwn(datastore.schema.properties, field) ? datastore.schema.properties[field] : undefined;
    if (field === 'id') {
      problems.push(`${where}: an id is never exchanged, links translate it; take it out.`);
    } else if (property === undefined) {
      problems.push(`${where}: the datastore "${datastore.name}" has no such field; correct the name or take it out.`);
    } else if (isSum(rule) && property.type !== 'number' && property.type !== 'integer') {
      problems.push(`${where}: only numbers add up; use another rule than merge: 'sum'.`);
    } else {
      problems.push(...declaredOwnerProblems(binding, field));
    }
  }
  const share = binding.maxDeletes;
  if (share !== undefined && !(share >= 0 && share <= 1)) {
    problems.push(`${nameOf(binding)}: maxDeletes is a share of links and must be between 0 and 1.`);
  }
  return problems;
}

/** The declaration of a datastore may name the one system that decides a field. */
function declaredOwnerProblems(binding: Binding, field: string): string[] {
  const owner = binding.datastore.fields[field]?.owner;
  const rule = binding.fields[field];
  if (owner === undefined || owner === binding.system || rule === undefined) return [];
  if ('from' in rule && rule.from === 'here') return [];
  return [
    `${nameOf(binding)}, field "${field}": the datastore "${binding.datastore.name}" says that "${owner}" owns it; use { from: 'here' } to pass it on, or change the owner.`,
  ];
}

function repeatedStreams(bindings: readonly Binding[]): string[] {
  const seen = new Set<string>();
  const problems: string[] = [];
  for (const binding of bindings) {
    const name = nameOf(binding);
    if (seen.has(name))
      problems.push(`${name} is bound twice; a stream feeds one datastore, so merge the two bindings.`);
    seen.add(name);
  }
  return problems;
}

function ownerProblems(bindings: readonly Binding[]): string[] {
  const owners = new Map<string, { readonly binding: Binding; readonly rank: number | undefined }[]>();
  for (const binding of bindings) {
    for (const [field, rule] of Object.entries(binding.fields)) {
      if (!('from' in rule) || rule.from !== 'there') continue;
      const name = `"${field}" of "${binding.datastore.name}"`;
      owners.set(name, [...(owners.get(name) ?? []), { binding, rank: rule.rank }]);
    }
  }
  const problems: string[] = [];
  for (const [field, claims] of owners) {
    const ranks = claims.map(({ rank }) => rank);
    if (claims.length < 2 || (!ranks.includes(undefined) && new Set(ranks).size === ranks.length)) continue;
    const names = claims.map(({ binding }) => nameOf(binding)).join(' and ');
    problems.push(`${field} is owned by ${names}; give each a different rank (lowest wins), or let one of them merge.`);
  }
  return problems;
}

function nameOf(binding: Binding): string {
  return `Binding ${binding.system}/${binding.stream}`;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map((name) => `"${name}"`).join(', ');
}
