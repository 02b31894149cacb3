import { eventDriven, realTime } from '@datastores/core';
import type { Datastore, FieldRule } from '@datastores/core/schema';
import { ID_FIELD, SCOPE_FIELD } from '../connectors/sync-server/record.ts';
import { type SyncServerOptions, syncServer } from '../connectors/sync-server/sync-server.ts';
import type { Binding, SystemFieldRule } from '../reconcile/binding.ts';
import type { SyncServerConfig } from './define-config.ts';

/** Name of the system that the central server is to its relays. */
export const CENTRE = 'centre';

/** How often a relay asks the centre although no poke has come, milliseconds. */
const POLL_MS = 30_000;

/**
 * What makes a server the relay of a central one: the devices of a place talk to it, and go on seeing each other while the line to
 * the centre is down; what they have changed meanwhile goes there once it is back, each change once. To be spread into a
 * configuration. Conflicts are decided at the centre by the rules that the datastores declare.
 */
export function relayOf(
  options: SyncServerOptions,
): Required<Pick<SyncServerConfig, 'datastores' | 'systems' | 'bindings'>> {
  const datastores = options.datastores.map(withoutOwners);
  return {
    datastores,
    systems: { [CENTRE]: { connector: () => syncServer({ ...options, datastores }) } },
    bindings: datastores.map(bindingOf),
  };
}

/** Who owns which field is a matter between the centre and its systems: to a relay the centre speaks for all of them. */
function withoutOwners(datastore: Datastore): Datastore {
  const fields = Object.entries(datastore.fields).map(([field, { owner: _, ...rule }]) => [field, rule] as const);
  return { ...datastore, fields: Object.fromEntries(fields) };
}

function bindingOf(datastore: Datastore): Binding {
  const names = Object.keys(datastore.schema.properties).filter((field) => field !== 'id');
  return {
    system: CENTRE,
    stream: datastore.name,
    datastore,
    mapping: datastore.version + 1,
    fields: Object.fromEntries(names.map((field) => [field, ruleOf(datastore, datastore.fields[field] ?? {})])),
    toDocument: (record) => Object.fromEntries(names.map((field) => [field, record[field] ?? null])),
    toRecord: (patch, document) => ({ ...patch, [ID_FIELD]: String(document['id']) }),
    idFor: (_record, key) => key,
    scopeFor: (record) => String(record[SCOPE_FIELD]),
    strategies: [eventDriven(), realTime({ pollMs: POLL_MS })],
  };
}

/** The rule that the declaration has for two replicas, between the relay and the centre. */
function ruleOf(datastore: Datastore, rule: FieldRule): SystemFieldRule {
  if (rule.serverOnly) return { from: 'there' };
  if (rule.counter) return { merge: 'sum' };
  const policy = rule.conflict ?? datastore.conflict;
  if (typeof policy !== 'function') return { merge: policy === 'replica-wins' ? 'here' : 'there' };
  return { merge: (base, here, there) => policy({ base, server: there ?? undefined, replica: here }) ?? null };
}
