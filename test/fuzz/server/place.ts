/** The secret that the server of a run checks tokens with. Fixed, so that a request that was kept can be sent again. */
export const SECRET = 'the secret of a server that is made to be attacked';

/** The system whose webhooks the server takes, how they are signed, and the header with the id of an event. */
export const HOOK_SYSTEM = 'shop';
export const HOOK_SECRET = 'the secret of a sender of webhooks';
export const HOOK_HEADER = 'x-signature';
export const HOOK_ID_HEADER = 'x-event-id';

/** Scope of the honest replica. No hostile token that is valid names it. */
export const HONEST_SCOPE = 'shop-1';

/** Scope of documents that no valid token names at all. */
export const VAULT_SCOPE = 'vault';

/** Stands in every document of {@link HONEST_SCOPE} and {@link VAULT_SCOPE}; no request holds it, so no answer to one may. */
export const CANARY = 'canary-7c1fe9b04d';

/** Scopes of valid hostile tokens; whatever they write lies in one of these. */
export const HOSTILE_SCOPES: readonly string[] = ['main', 'annex', ...Array.from({ length: 998 }, (_, n) => `s-${n}`)];

/** The replica of the honest process is another one; this id is claimed by its subject before hostile requests use it. */
export const CLAIMED_REPLICA = 'replica-of-the-honest-subject';

/** Documents of each datastore that are there from the start in `main` and in the vault. */
export const SEEDED = 40;

/** Scope of documents that fill the cache of the store, whose size has a bound, before memory is measured. No token names it. */
export const ARCHIVE_SCOPE = 'archive';

/** Enough for that: some 40 MB. */
export const ARCHIVED = 20_000;
