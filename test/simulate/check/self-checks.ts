import type { CheckReport } from '@datastores/core';
import type { World } from '../world/world.ts';

/** How long comparing may take, milliseconds of virtual time. */
const COMPARING_MS = 20_000;

/** Has every replica compare itself with the server when everything agrees: it must be compared, and nothing found. */
export async function checkSelfChecks(world: World, runUntil: (time: number) => Promise<void>): Promise<void> {
  if (world.violations.length > 0) return;
  const reports = new Map<string, readonly CheckReport[]>();
  for (const { name, process, stores } of world.devices.values()) {
    void world.scheduler.perform(process(), `${name} compares`, async () => {
      // A request that was lost in the storm may be given up only now, and who asked meanwhile is told of it.
      for (let asked = 0; asked < 3; asked += 1) {
        const told = (await stores()?.check()) ?? [];
        reports.set(name, told);
        if (!told.some(({ error }) => error?.retryable)) return;
      }
    });
  }
  await runUntil(world.scheduler.now() + COMPARING_MS);
  for (const name of world.devices.keys()) {
    const told = reports.get(name) ?? [];
    if (told.length === 0) world.report({ kind: 'self-check', detail: `${name} was not compared` });
    for (const { datastore, outcome, findings, error } of told) {
      // A position that the disk did not take, of steps that brought nothing, is behind until something is stored again.
      if (outcome === 'equal' || (outcome === 'repaired' && findings.every(({ kind }) => kind === 'position')))
        continue;
      const what = error?.message ?? findings.map(({ kind, id }) => `${kind} ${id}`).join(', ');
      world.report({ kind: 'self-check', detail: `${name} is ${outcome} in ${datastore}: ${what}` });
    }
  }
}
