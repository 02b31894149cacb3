import { bundleProgram, type Place } from './bundle.ts';
import { createWorker } from './worker.ts';

export async function runSimulate(args: readonly string[], place: Place): Promise<number> {
  const program = await bundleProgram(place, null);
  const worker = createWorker(program);
  const [from, to, trace] = args.map(Number);
  let steps = 0;
  const begun = performance.now();
  for (let seed = from ?? 1; seed <= (to ?? from ?? 1); seed += 1) {
    const r = await worker.run({ seed, keep: null, trace: trace === 1 });
    steps += r.steps;
    console.log(JSON.stringify(r));
  }
  console.log(steps / ((performance.now() - begun) / 1000));
  await worker.close();
  return 0;
}
