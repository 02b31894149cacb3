import type { NoteStorage } from './eviction.ts';

/** Names where a database lies, whichever replica is in it. */
export interface Place {
  readonly key: string;
  /** True if nothing was here that names it: the first visit, or everything was removed. */
  readonly isNew: boolean;
}

/** A cookie outlives what browsers remove when room is short, which is IndexedDB and what else counts as stored data. */
export type Cookies = Pick<Document, 'cookie'>;

/** The longest that browsers keep a cookie, seconds. */
const KEPT_S = 400 * 24 * 3_600;

/**
 * The name of the place of a database on this device, minted at the first visit and kept in two places that go at different
 * occasions. It is random and says nothing of device or user; it only tells a server that one replica lies where another did.
 */
export function placeOf(
  name: string,
  { storage, cookies }: { readonly storage: NoteStorage; readonly cookies: Cookies | null },
): Place {
  const storageKey = `datastores/${name}/place`;
  const cookieName = `datastores-${encodeURIComponent(name)}`;
  const known = fromStorage(storage, storageKey) ?? fromCookies(cookies, cookieName);
  const key = known ?? crypto.randomUUID();
  try {
    storage.setItem(storageKey, key);
  } catch {}
  if (cookies !== null) {
    const secure = globalThis.location?.protocol === 'https:' ? '; secure' : '';
    cookies.cookie = `${cookieName}=${key}; path=/; max-age=${KEPT_S}; samesite=strict${secure}`;
  }
  return { key, isNew: known === undefined };
}

function fromStorage(storage: NoteStorage, key: string): string | undefined {
  try {
    return validKey(storage.getItem(key) ?? undefined);
  } catch {
    return undefined;
  }
}

function fromCookies(cookies: Cookies | null, name: string): string | undefined {
  const start = `${name}=`;
  const found = cookies?.cookie.split('; ').find((one) => one.startsWith(start));
  return validKey(found?.slice(start.length));
}

/** Anybody may write there. */
function validKey(text: string | undefined): string | undefined {
  return text !== undefined && /^[\w-]{8,64}$/.test(text) ? text : undefined;
}
