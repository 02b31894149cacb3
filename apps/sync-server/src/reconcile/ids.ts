import type { Link } from '../store/link.ts';
import type { Store } from '../store/store.ts';
import type { Binding, Ids } from './binding.ts';

/** A reference that a mapping asked for: `here` wants our id for a key, `there` their key for an id of a scope. */
export type Reference =
  | { readonly to: 'here'; readonly stream: string; readonly value: string }
  | { readonly to: 'there'; readonly stream: string; readonly value: string; readonly scope: string };

/** References of one system, looked up so far; null: looked up, and not linked. */
export interface KnownReferences {
  get(reference: Reference): string | null | undefined;
  /** Looks up what is not known yet. Never throws for a reference that does not exist. */
  load(references: readonly Reference[]): Promise<void>;
}

/** An `Ids` over what is known; a mapping that asks for more gets a placeholder, and what it asked for is in `missing`. */
export interface CollectingIds {
  readonly ids: Ids;
  readonly missing: Reference[];
}

/** References of a system as the store knows them now. Short-lived: made for one page or one batch. */
export function createKnownReferences(store: Pick<Store, 'links'>, bindings: readonly Binding[]): KnownReferences {
  const known = new Map<string, string | null>();
  const lookUp = async (to: Reference['to'], stream: string, references: readonly Reference[]) => {
    for (const reference of references) known.set(nameOf(reference), null);
    const binding = bindings.find((candidate) => candidate.stream === stream);
    if (binding === undefined) return;
    const values = references.map(({ value }) => value);
    const query = { system: binding.system, stream };
    const links =
      to === 'here'
        ? await store.links({ ...query, keys: values })
        : await store.links({ ...query, documents: values.map((id) => ({ datastore: binding.datastore.name, id })) });
    for (const link of links) {
      for (const reference of referencesTo(link))
        known.set(nameOf(reference), reference.to === 'here' ? link.id : link.key);
    }
  };
  return {
    get: (reference) => known.get(nameOf(reference)),
    async load(references) {
      const groups = new Map<string, Reference[]>();
      for (const reference of references) {
        if (known.has(nameOf(reference))) continue;
        const group = `${reference.to} ${reference.stream}`;
        groups.set(group, [...(groups.get(group) ?? []), reference]);
      }
      for (const group of groups.values()) {
        const [first] = group;
        if (first !== undefined) await lookUp(first.to, first.stream, group);
      }
    },
  };
}

/** Ids for one run of a mapping. `scope` is that of the document, for references towards the system. */
export function collectingIds(known: KnownReferences, scope = ''): CollectingIds {
  const missing: Reference[] = [];
  const resolve = (reference: Reference) => {
    const value = known.get(reference);
    if (typeof value === 'string') return value;
    missing.push(reference);
    // Never reaches a document or a system: the result of a mapping that missed something is thrown away.
    return '';
  };
  return {
    missing,
    ids: {
      here: (stream, value) => resolve({ to: 'here', stream, value: String(value) }),
      there: (stream, value) => resolve({ to: 'there', stream, value: String(value), scope }),
    },
  };
}

/** One text for a reference, the same for the link that answers it. */
export function nameOf(reference: Reference): string {
  const parts = [reference.to, reference.stream, reference.value];
  return JSON.stringify(reference.to === 'there' ? [...parts, reference.scope] : parts);
}

/** A reference for people. */
export function textOf({ stream, value }: Reference): string {
  return `${stream}/${value}`;
}

/** The references that a link answers. A record that is gone is still known here, but nothing over there can point at it. */
export function referencesTo(link: Link): readonly Reference[] {
  if (link.key === null) return [];
  const here: Reference = { to: 'here', stream: link.stream, value: link.key };
  if (link.gone !== null) return [here];
  return [here, { to: 'there', stream: link.stream, value: link.id, scope: link.scope }];
}
