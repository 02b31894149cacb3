import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';
import { startServer, tokenFor } from '../http/test-server.ts';
import { startStoreServer } from '../store/postgres-place.ts';
import { createTerminal } from './terminal.ts';

test('a store on PostgreSQL is looked at, migrated, served and counted', { timeout: 60_000 }, async () => {
  await using server = await startStoreServer();
  await using place = await server.createPlace();
  using folder = temporaryFolder();
  const environment = {
    DATASTORES_AUTH_DEVELOPMENT_TOKENS: 'true',
    DATASTORES_LOG_LEVEL: 'silent',
    DATASTORES_STORE: place.url,
  };
  const terminal = createTerminal({ folder: folder.path, environment });
  const run = async (command: string) => {
    const said = { out: '', err: '' };
    const code = await terminal.start(command.split(' '), said, {});
    return { code, said: said.out + said.err };
  };

  expect((await run('config print')).said).not.toContain(place.url);
  const dry = JSON.parse((await run('migrate --dry-run --json')).said);
  expect(dry).toMatchObject({ applied: 0, due: [{ number: 1 }], dryRun: true });
  expect((await run('doctor')).said).toContain('no store yet');
  expect((await run('migrate')).code).toBe(0);
  expect(JSON.parse((await run('migrate --dry-run --json')).said)).toMatchObject({ applied: 1, due: [] });
  expect((await run('doctor')).said).toContain(`(schema ${place.schema}): its schema is the newest`);

  await using served = await startServer({ store: place.url });
  await served.client(await tokenFor()).info.query();
  expect(await served.server.status()).toMatchObject({ state: 'serving', store: { scopes: [] } });
  expect(JSON.parse((await run('status --json')).said)).toMatchObject({
    state: 'not running',
    store: { quarantined: 0 },
  });
});

test('an address of a store that is none is refused by its name', async () => {
  const { createSyncServer } = await import('@datastores/sync-server');
  const config = { store: 'mysql://db/x', auth: { developmentTokens: true } };
  await expect(createSyncServer(config)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('store: must be an address such as postgres://'),
  });
});
