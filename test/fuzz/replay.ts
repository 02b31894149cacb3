import { keptRequest } from './corpus.ts';
import { judge } from './oracle/judge.ts';
import { startServer } from './server/start-server.ts';
import { createLane } from './wire/lane.ts';

/** Sends a request that was kept to a server of its own. Says what came back, and whether that is right; false if not. */
export async function replay(file: string, folder: string): Promise<boolean> {
  const request = keptRequest(file);
  await using server = startServer([]);
  const { port } = await server.ask('start', { folder, requestsPerMinute: 1_000, archive: false });
  const lane = createLane(port);
  const reply = await lane.send(request);
  lane.close();
  const problem = judge(request, reply);
  const said = reply.kind === 'answer' ? `${reply.answer.status} ${reply.answer.body.slice(0, 2_000)}` : reply.kind;
  console.log(
    `${request.form}\n${said}\n${problem === null ? 'as it should be' : `${problem.kind}: ${problem.detail}`}`,
  );
  const { polluted } = await server.ask('inspect');
  await server.ask('stop');
  return problem === null && polluted.length === 0;
}
