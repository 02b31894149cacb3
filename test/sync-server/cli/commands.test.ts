import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';
import { createTerminal } from './terminal.ts';

const DEVELOPMENT = { DATASTORES_AUTH_DEVELOPMENT_TOKENS: 'true', DATASTORES_LOG_LEVEL: 'silent' };

/** A command line of its own folder, and what it says. */
async function openTerminal(environment: Readonly<Record<string, string>> = DEVELOPMENT) {
  const folder = temporaryFolder();
  const said = { out: '', err: '' };
  const terminal = createTerminal({ folder: folder.path, environment });
  return {
    folder: folder.path,
    said,
    stop: terminal.stop,
    run: (command: string, more: Readonly<Record<string, string>> = {}) =>
      terminal.start(command.split(' '), said, more),
    [Symbol.asyncDispose]: async () => folder[Symbol.dispose](),
  };
}

/** A server run by `serve`, its environment naming the port it found free. */
async function serving(
  at: Awaited<ReturnType<typeof openTerminal>>,
  command = 'serve',
  more: Readonly<Record<string, string>> = {},
) {
  const port = await freePort();
  const environment = { DATASTORES_SERVER_PORT: String(port), ...more };
  const ended = at.run(command, environment);
  for (let attempt = 0; attempt < 500 && !at.said.out.includes('Protocol'); attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return { environment, ended, port };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

test('serve runs until it is told to stop, and status finds it meanwhile', async () => {
  await using at = await openTerminal();
  const { environment, ended, port } = await serving(at);
  expect(at.said.out).toContain(`http://127.0.0.1:${port}/trpc`);
  expect(at.said.err).toContain('Not for production');
  at.said.out = '';
  expect(await at.run('status --json', environment)).toBe(0);
  expect(JSON.parse(at.said.out)).toMatchObject({
    state: 'serving',
    store: { quarantined: 0 },
    reconcile: { systems: [] },
  });
  at.said.out = '';
  expect(await at.run('doctor --json', environment)).toBe(0);
  expect(JSON.parse(at.said.out)).toContainEqual({
    check: 'port',
    ok: true,
    detail: `a sync server answers at http://127.0.0.1:${port}`,
  });
  at.stop();
  expect(await ended).toBe(0);
});

test('bridge runs a server that relays a central one', async () => {
  await using centre = await openTerminal();
  const running = await serving(centre);
  centre.said.out = '';
  await centre.run('token create --subject bridge', running.environment);
  await using at = await openTerminal();
  const tokenFile = join(at.folder, 'centre.token');
  await writeFile(tokenFile, centre.said.out);
  const command = `bridge --centre http://127.0.0.1:${running.port}/trpc --name bridge-berlin`;
  const relay = await serving(at, command, { DATASTORES_CENTRE_TOKEN_FILE: tokenFile });
  const state = async () => {
    at.said.out = '';
    await at.run('status --json', relay.environment);
    return JSON.parse(at.said.out).reconcile.systems[0];
  };
  await expect.poll(state, { timeout: 20_000 }).toMatchObject({ system: 'centre', state: 'healthy' });
  at.stop();
  expect(await relay.ended).toBe(0);
  centre.stop();
  expect(await running.ended).toBe(0);
}, 60_000);

test('bridge without a centre, a name or a free place for it says what is missing', async () => {
  await using at = await openTerminal();
  expect(await at.run('bridge')).toBe(1);
  expect(at.said.err).toContain('--centre (or DATASTORES_CENTRE_URL) is missing');
  expect(await at.run('bridge --centre http://127.0.0.1:1/trpc')).toBe(1);
  expect(at.said.err).toContain('--name (or DATASTORES_BRIDGE_NAME) is missing');
  expect(await at.run('bridge --centre nowhere --name bridge-berlin')).toBe(1);
  expect(at.said.err).toContain('url: must be an http or https URL');
});

test('a token that was created opens the server, one without the role does not show the status', async () => {
  await using at = await openTerminal();
  const { environment, ended } = await serving(at);
  at.said.out = '';
  expect(await at.run('token create --subject ana --scope berlin --role admin --ttl 1h', environment)).toBe(0);
  const admin = at.said.out.trim();
  at.said.out = '';
  expect(await at.run('token create', environment)).toBe(0);
  const plain = at.said.out.trim();
  expect(await at.run('status', { ...environment, DATASTORES_TOKEN: admin })).toBe(0);
  expect(await at.run('status', { ...environment, DATASTORES_TOKEN: plain })).toBe(4);
  expect(at.said.err).toContain('FORBIDDEN');
  expect(await at.run('status --token nonsense', environment)).toBe(4);
  expect(at.said.err).toContain('TOKEN_INVALID');
  at.stop();
  expect(await ended).toBe(0);
});

test('serve on a port that is taken says which, and what to do', async () => {
  await using at = await openTerminal();
  const { environment, ended, port } = await serving(at);
  at.said.err = '';
  expect(await at.run('serve', environment)).toBe(1);
  expect(at.said.err).toContain(`PORT_IN_USE: Port ${port}`);
  expect(at.said.err).toContain('DATASTORES_SERVER_PORT');
  expect(at.said.err).not.toContain('    at ');
  at.stop();
  await ended;
});

test('status without a server tells what the data folder holds, and is not healthy', async () => {
  await using at = await openTerminal();
  const environment = { DATASTORES_SERVER_PORT: String(await freePort()) };
  expect(await at.run('status', environment)).toBe(3);
  expect(at.said.out).toContain('none yet');
  const { ended } = await serving(at);
  at.stop();
  await ended;
  at.said.out = '';
  expect(await at.run('status --json', environment)).toBe(3);
  expect(JSON.parse(at.said.out)).toMatchObject({ state: 'not running', store: { scopes: [] } });
});

describe('a command that cannot be run', () => {
  test.each([
    ['an unknown command', 'nonsense', 2, 'unknown command'],
    ['an unknown option', 'serve --fast', 2, 'unknown option'],
    ['a duration that is none', 'token create --ttl soon', 2, 'e.g. 12h'],
    ['a configuration that is not there', 'serve --config none.ts', 1, 'Correct --config'],
  ])('%s', async (...[, command, code, words]) => {
    await using at = await openTerminal();
    expect(await at.run(command)).toBe(code);
    expect(at.said.err).toContain(words);
  });

  test('a server without any way to check tokens does not start', async () => {
    await using at = await openTerminal({});
    expect(await at.run('serve')).toBe(1);
    expect(at.said.err).toContain('CONFIG_INVALID: auth: there is no way to check a token.');
    expect(at.said.err).toContain('Set auth.secret');
  });

  test('a token is not created where the server would refuse it', async () => {
    await using at = await openTerminal({ DATASTORES_AUTH_SECRET: 'x'.repeat(32) });
    expect(await at.run('token create')).toBe(1);
    expect(at.said.err).toContain('does not accept development tokens');
  });

  test('a data folder that cannot be made is named', async () => {
    await using at = await openTerminal();
    await writeFile(join(at.folder, 'file'), '');
    const environment = { DATASTORES_DATA_FOLDER: join(at.folder, 'file', 'data') };
    expect(await at.run('serve', environment)).toBe(1);
    expect(at.said.err).toMatch(/FOLDER_UNUSABLE: .*file.data/);
    expect(await at.run('doctor', environment)).toBe(3);
    expect(at.said.out).toContain('FAIL  data folder');
    expect(at.said.out).toContain('DATASTORES_DATA_FOLDER');
  });
});

describe('a configuration file', () => {
  test('written in TypeScript is loaded, and each value says where it is from', async () => {
    await using at = await openTerminal({ DATASTORES_LOG_LEVEL: 'warn' });
    const file = join(at.folder, 'datastores.config.ts');
    await writeFile(
      file,
      `const port: number = 4501;\nexport default { server: { port }, auth: { secret: '${'s'.repeat(40)}' } };\n`,
    );
    expect(await at.run('config print --json')).toBe(0);
    const entries = JSON.parse(at.said.out);
    expect(entries).toContainEqual({ path: 'server.port', value: 4501, origin: file });
    expect(entries).toContainEqual({ path: 'log.level', value: 'warn', origin: 'environment DATASTORES_LOG_LEVEL' });
    expect(at.said.out).not.toContain('ssss');
  });

  test.each([
    ['does not parse', 'export default {', 'cannot be loaded'],
    ['exports nothing', 'export const config = {};', 'has no default export'],
    ['throws', 'throw new Error("no ERP_URL"); export default {};', 'no ERP_URL'],
  ])('that %s is refused, naming the file', async (_what, text, words) => {
    await using at = await openTerminal();
    const file = join(at.folder, 'datastores.config.ts');
    await writeFile(file, text);
    expect(await at.run('config print')).toBe(1);
    expect(at.said.err).toContain('CONFIG_INVALID');
    expect(at.said.err).toContain(file);
    expect(at.said.err).toContain(words);
  });
});

test('doctor asks each system, and says what to do about the one that does not answer', async () => {
  await using at = await openTerminal();
  await mkdir(join(at.folder, 'x'));
  const connector = (check: string) =>
    `{ kind: 'fake', streams: {}, check: async () => { ${check} }, close: async () => {} }`;
  await writeFile(
    join(at.folder, 'datastores.config.mjs'),
    `export default { systems: { erp: { connector: ${connector('')} }, crm: { connector: ${connector("throw new Error('connection refused')")} } } };`,
  );
  expect(await at.run('doctor --json', { DATASTORES_SERVER_PORT: String(await freePort()) })).toBe(3);
  const findings = JSON.parse(at.said.out);
  expect(findings).toContainEqual({ check: 'system erp', ok: true, detail: 'fake answers' });
  expect(findings).toContainEqual({
    check: 'system crm',
    ok: false,
    detail: 'connection refused',
    remedy: expect.stringContaining('Check address'),
  });
});
