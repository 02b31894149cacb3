import type { DevTools } from '@datastores/browser/devtools';
import type { TillStores } from './open-till.ts';

let tools: Promise<DevTools> | undefined;

/** Shows what is in the replica and on its way, or hides it. The panel is loaded when somebody wants to see it. */
export async function toggleDevTools(stores: TillStores): Promise<void> {
  if (tools !== undefined) return (await tools).toggle();
  tools = import('@datastores/browser/devtools').then(({ openDevTools }) => openDevTools(stores, { open: true }));
  await tools;
}
