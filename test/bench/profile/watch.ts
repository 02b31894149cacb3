import type { Child } from '../child.ts';
import type { Profile } from '../workload.ts';

/** Watches processes, by what they do, while some work is done in them. */
export async function watch(
  processes: Readonly<Record<string, Child<object>>>,
  work: () => Promise<unknown>,
): Promise<readonly Profile[]> {
  for (const child of Object.values(processes)) await child.ask('startProfile');
  await work();
  const profiles: Profile[] = [];
  for (const [process, child] of Object.entries(processes)) {
    profiles.push({ process, ...(await child.ask('stopProfile')) });
  }
  return profiles;
}
