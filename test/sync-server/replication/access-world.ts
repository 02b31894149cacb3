import { type Caller, type Poke, PROTOCOL_VERSION } from '@datastores/core/protocol';
import { defineDatastore } from '@datastores/core/schema';
import type { AccessRulesByDatastore } from '../../../apps/sync-server/src/replication/access-rules.ts';
import type { Chance } from '../../suites/query-fuzz/chance.ts';
import type { openService } from './test-service.ts';
import { things } from './thing.ts';

export const DATASTORES = [things, defineDatastore({ ...things, name: 'price' })] as const;
export const SCOPES = ['s1', 's2', 's3', 's4'] as const;
export const SUBJECTS = ['ana', 'ben', 'cem', 'dia'] as const;
const NAMES = DATASTORES.map(({ name }) => name);

type At = Awaited<ReturnType<typeof openService>>;

/** What the oracle grants: it moves, and the rules of the server only read it. */
export function createGrants() {
  const scopes = new Map<string, readonly string[]>();
  const deleters = new Set<string>(['ana']);
  const withdrawn = new Set<string>();
  const of = (subject: string, name: string) => scopes.get(`${subject} ${name}`) ?? [];
  return {
    withdrawn,
    of,
    mayDelete: (subject: string) => deleters.has(subject),
    /** Where a subject sees what, as one text. */
    sight: (subject: string) => JSON.stringify(NAMES.map((name) => [...of(subject, name)].sort())),
    move(chance: Chance) {
      const subject = chance.one(SUBJECTS);
      const kind = chance.one(['scopes', 'scopes', 'scopes', 'deleter', 'withdraw'] as const);
      if (kind === 'scopes')
        scopes.set(
          `${subject} ${chance.one(NAMES)}`,
          SCOPES.filter(() => chance.percent(50)),
        );
      else if (kind === 'deleter') toggle(deleters, subject);
      else toggle(withdrawn, subject);
    },
  };
}

/** See {@link createGrants}. */
export type Grants = ReturnType<typeof createGrants>;

/** Rules that do as the oracle says. */
export function rulesOf(grants: Grants): AccessRulesByDatastore {
  const rules = (name: string) => ({
    scopes: ({ subject }: Caller) => grants.of(subject, name),
    write: ({ caller, after }: { readonly caller: Caller; readonly after: unknown }) =>
      after === null && !grants.mayDelete(caller.subject) ? 'Not to be deleted.' : null,
  });
  return Object.fromEntries(NAMES.map((name) => [name, rules(name)]));
}

/** The caller of a subject. Its token names all scopes: only the rules stand between. */
export function callerFor(subject: string): Caller {
  return { subject, scopes: SCOPES, roles: [], expiresAt: null };
}

/**
 * Where each text was ever stored, read from the store and not through the service. Every write of the test has a text of its
 * own, so an answer with a text that was stored only where its reader sees nothing is a leak.
 */
export function createWhereabouts({ store }: At) {
  const places = new Map<string, Set<string>>();
  const read = new Map<string, number>();
  return {
    async update() {
      for (const scope of SCOPES) {
        for (const datastore of NAMES) {
          const after = read.get(`${datastore} ${scope}`) ?? 0;
          const page = await store.feed({ scope, datastore, after, maxRows: 1_000, maxBytes: 1e7 });
          read.set(`${datastore} ${scope}`, page.position.seq);
          for (const text of page.rows.flatMap(({ body }) => textsIn(body))) {
            places.set(text, (places.get(text) ?? new Set()).add(`${datastore}/${scope}`));
          }
        }
      }
    },
    /** The texts of an answer that nobody with these scopes of a datastore may see. */
    leaks(answer: unknown, datastore: string, scopes: readonly string[]): readonly string[] {
      return textsIn(JSON.stringify(answer)).filter((text) => {
        const at = places.get(text);
        return at !== undefined && !scopes.some((scope) => at.has(`${datastore}/${scope}`));
      });
    },
  };
}

/** An open stream of a subject, read as fast as it tells. */
export function openStream({ service }: At, subject: string, sight: string) {
  const end = new AbortController();
  const pokes: Poke[] = [];
  let isOver = false;
  const datastores = Object.fromEntries(NAMES.map((name) => [name, 0]));
  const read = async () => {
    const request = { protocol: PROTOCOL_VERSION, datastores };
    for await (const poke of service.changes(request, callerFor(subject), end.signal)) pokes.push(poke);
    isOver = true;
  };
  void read();
  return { sight, pokes, isOver: () => isOver, close: () => end.abort() };
}

function textsIn(text: string): readonly string[] {
  return text.match(/text-\d+-/g) ?? [];
}

function toggle(set: Set<string>, entry: string): void {
  if (!set.delete(entry)) set.add(entry);
}
