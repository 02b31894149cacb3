import { DatastoreError } from '@datastores/core';
import type { Resolved } from '../config/resolve.ts';
import type { Connector } from '../connectors/connector.ts';
import type { Binding } from '../reconcile/binding.ts';
import { checkBindings } from '../reconcile/check-bindings.ts';
import type { SystemDeclaration } from '../reconcile/reconciler.ts';
import type { Route } from '../store/store.ts';

/** The external systems of a configuration, made and checked. */
export interface Systems {
  readonly systems: Readonly<Record<string, SystemDeclaration>>;
  readonly bindings: readonly Binding[];
}

/**
 * Makes the connectors of a configuration and checks its bindings. Throws BINDING_INVALID for bindings that contradict
 * anything, CONFIG_INVALID for what is no connector; what was made by then is closed.
 */
export function makeSystems({ settings, systems: given, bindings: listed }: Resolved): Systems {
  const systems: Record<string, SystemDeclaration> = {};
  try {
    for (const [name, { connector, ...limits }] of Object.entries(given)) {
      systems[name] = { ...limits, connector: makeConnector(name, connector) } as SystemDeclaration;
    }
    const bindings = listed.map((binding, index) => asBinding(binding, index));
    assertServed(bindings, new Set(settings.datastores.map(({ name }) => name)));
    checkBindings(bindings, systems);
    return { systems, bindings };
  } catch (error) {
    for (const { connector } of Object.values(systems)) void connector.close().catch(() => {});
    throw error;
  }
}

/** Which streams are told of a change of a datastore: those whose binding writes. */
export function routesOf(bindings: readonly Binding[]): (datastore: string) => readonly Route[] {
  const writing = bindings.filter(({ toRecord }) => toRecord !== undefined);
  return (name) =>
    writing
      .filter(({ datastore }) => datastore.name === name)
      .map(({ system, stream, creates }) => ({ system, stream, onlyLinked: creates === false }));
}

function makeConnector(name: string, given: object): Connector {
  const connector: unknown = typeof given === 'function' ? given() : given;
  if (connector !== null && typeof connector === 'object' && 'streams' in connector && 'check' in connector) {
    return connector as Connector;
  }
  throw new DatastoreError('CONFIG_INVALID', `systems.${name}.connector is no connector.`, {
    remedy: 'Give what a connector function returns, e.g. rest({ … }), or a function that returns it at once.',
  });
}

function asBinding(binding: object, index: number): Binding {
  const { system, stream, datastore, toDocument, fields, strategies } = binding as Partial<Binding>;
  const missing = Object.entries({ system, stream, datastore, toDocument, fields, strategies })
    .filter(([, value]) => value === undefined || value === null)
    .map(([name]) => name);
  if (missing.length === 0) return binding as Binding;
  throw new DatastoreError('BINDING_INVALID', `bindings.${index} has no ${missing.join(', ')}.`);
}

function assertServed(bindings: readonly Binding[], served: ReadonlySet<string>): void {
  const stray = bindings.find(({ datastore }) => !served.has(datastore.name));
  if (stray === undefined) return;
  const { system, stream, datastore } = stray;
  throw new DatastoreError(
    'BINDING_INVALID',
    `The binding of ${system}/${stream} feeds "${datastore.name}", which is not served.`,
    { remedy: `Add "${datastore.name}" to datastores, or take the binding out.` },
  );
}
