/** Where the server is, and who asks. */
export interface Session {
  readonly url: string;
  readonly token: string;
}

const KEY = 'session';

/** Asks for the session of this shop; without a network the last one is good enough to open what is stored here. */
export async function readSession(): Promise<Session> {
  try {
    const response = await fetch('/session');
    if (!response.ok) throw new Error(`The shop answered ${response.status}.`);
    const session = (await response.json()) as Session;
    localStorage.setItem(KEY, JSON.stringify(session));
    return session;
  } catch (error) {
    const known = localStorage.getItem(KEY);
    if (known === null) throw new Error('This till was never connected. Connect it once.', { cause: error });
    return JSON.parse(known) as Session;
  }
}
