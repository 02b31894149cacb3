/** One business system as the panel shows it. */
export interface WorldSystem {
  readonly name: string;
  readonly about: string;
  readonly down: boolean;
  /** What the sync server thinks of it. */
  readonly state: string;
  /** Changes that wait to be told. */
  readonly waiting: number;
}

/** The outside world as it is now. */
export interface World {
  readonly systems: readonly WorldSystem[];
  /** What happened last, the newest first. */
  readonly events: readonly { readonly at: number; readonly text: string }[];
}

/** What can be done in the outside world. */
export type Deed = 'price' | 'delivery' | 'sale' | 'order';

/** How the world is. */
export async function readWorld(): Promise<World> {
  return ask('/world');
}

/** Does something out there, as a user of that system would. */
export async function act(deed: Deed): Promise<World> {
  return ask(`/world/deeds/${deed}`, { method: 'POST' });
}

/** Has a system fail, or come back. */
export async function setDown(name: string, down: boolean): Promise<World> {
  return ask(`/world/systems/${name}/${down ? 'down' : 'up'}`, { method: 'POST' });
}

async function ask(path: string, init?: RequestInit): Promise<World> {
  const response = await fetch(path, init);
  if (!response.ok) throw new Error(`${path} answered ${response.status}.`);
  return (await response.json()) as World;
}
