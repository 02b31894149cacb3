import { join } from 'node:path';
import Database from 'better-sqlite3';
import { examine } from '../oracle/examine.ts';
import type { Scenario } from '../scenario.ts';
import { IN_SYNC_WITHIN_MS } from '../world/finish.ts';
import { createWorld, type Member } from '../world/world.ts';

const WRITES = 40;

/** A journal that is thrown away behind the replica's back: were this not found, nothing else would be. */
export const control: Scenario = {
  name: 'control',
  summary: 'a journal that is thrown away on purpose; its writes must be reported as lost',
  count: () => 1,
  async run({ folder, seed, clock, tally, note }) {
    await using world = await createWorld({ folder: join(folder, 'world'), seed, replicas: 2, clock });
    const victim = world.members[0] as Member;
    victim.seat.line.fail('down');
    for (let at = 0; at < WRITES; at += 1) await victim.work.writeNext();
    // Closed in good order, so that nothing but the journal gives cause for doubt at the next start.
    await victim.seat.child().ask('close');
    await victim.seat.kill();
    const dropped = dropJournal(victim.seat.folder);
    victim.seat.line.heal('late');
    await world.restart(victim);
    if ((await world.inSync(world.members, IN_SYNC_WITHIN_MS)) === null) throw new Error('The control got stuck.');
    const findings = await examine(world);
    tally.controlLost += findings.lost.length;
    note(`${dropped} journalled documents thrown away: ${findings.lost.length} writes reported as lost`);
  },
};

/** Deletes every edit from the journal of a replica that is not open. */
function dropJournal(folder: string): number {
  const database = new Database(join(folder, 'replica.db'));
  try {
    const tables = database
      .prepare<[], { readonly name: string }>(`select name from sqlite_master where type = 'table'`)
      .all()
      .filter(({ name }) => columnsOf(database, name).includes('id'));
    return tables.reduce(
      (sum, { name }) => sum + database.prepare(`delete from "${name}" where id like 'entry|edit|%'`).run().changes,
      0,
    );
  } finally {
    database.close();
  }
}

function columnsOf(database: Database.Database, table: string): readonly string[] {
  return (database.pragma(`table_info("${table}")`) as readonly { readonly name: string }[]).map(({ name }) => name);
}
