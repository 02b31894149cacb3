import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDatastoreError } from '@datastores/core';
import { defineDatastore, productCatalog } from '@datastores/core/schema';
import { describe, expect, test } from 'vitest';
import { describeConfig } from '../../../apps/sync-server/src/config/describe.ts';
import type { Environment } from '../../../apps/sync-server/src/config/environment.ts';
import { resolveConfig } from '../../../apps/sync-server/src/config/resolve.ts';
import { temporaryFolder } from '../../support/folder.ts';

const secret = 'a shared secret of at least 32 bytes';
const jwksUrl = 'https://id.example.com/keys';
const audience = 'datastores';

function resolve(given: unknown, environment: Environment = {}) {
  return resolveConfig(given, { environment, source: 'datastores.config.ts', folder: '/srv/shop' });
}

/** Why a configuration is refused. */
function refusal(given: unknown, environment: Environment = {}) {
  try {
    resolve(given, environment);
  } catch (error) {
    if (isDatastoreError(error)) return { code: error.code, message: error.message, remedy: error.remedy };
    throw error;
  }
  throw new Error('expected a refusal');
}

test('what is left out gets the defaults of a server on one machine', () => {
  const { settings, origins } = resolve({ auth: { secret } });
  expect(settings).toMatchObject({
    dataFolder: '/srv/shop/data',
    server: { host: '127.0.0.1', port: 4400, cors: [], publicUrl: null },
    log: { level: 'info' },
  });
  expect(settings.datastores.map(({ name }) => name)).toEqual(['product', 'customer', 'inventory', 'order']);
  expect(origins).toMatchObject({ 'auth.secret': 'datastores.config.ts', 'server.port': 'default' });
});

describe('a wrong entry is named with what it must be', () => {
  test.each([
    ['server.port', { server: { port: 70_000 } }, 'server.port: must be 0 to 65535 (or set DATASTORES_SERVER_PORT)'],
    ['server.port', { server: { port: '4400' } }, 'server.port: must be a whole number'],
    ['server.cors', { server: { cors: ['*'] } }, 'server.cors.0: must be an origin such as https://shop.example.com'],
    ['server.cors', { server: { cors: ['https://a.example/x'] } }, 'server.cors.0: must be an origin'],
    ['auth.secret', { auth: { secret: 'short' } }, 'auth.secret: must have at least 32 bytes'],
    ['auth.jwksUrl', { auth: { jwksUrl: 'http://id.example.com/keys' } }, 'auth.jwksUrl: must be an https URL'],
    ['an unknown entry', { server: { prot: 1 } }, 'server.prot: there is no such entry'],
    ['an unknown group', { sever: {} }, 'sever: there is no such entry'],
    ['log.level', { log: { level: 'loud' } }, 'log.level: must be debug, info, warn, error or silent'],
    ['datastores', { datastores: [{}] }, 'datastores.0: must be a datastore made by defineDatastore'],
    ['systems', { systems: { erp: {} } }, 'systems.erp.connector: must be a connector'],
    ['a name of a system', { systems: { 'My ERP': { connector: {} } } }, 'must start with a letter'],
    ['no object', 7, 'the configuration'],
  ])('%s', (_entry, given, words) => {
    const wrong = given === 7 ? given : { auth: { secret }, ...(given as object) };
    const { code, message } = refusal(wrong);
    expect(code).toBe('CONFIG_INVALID');
    expect(message).toContain(words);
  });

  test('several are named at once', () => {
    const { message } = refusal({ auth: { secret }, server: { port: -1 }, log: { level: 'loud' } });
    expect(message).toContain('server.port');
    expect(message).toContain('log.level');
  });
});

describe('settings that contradict each other are refused with what to do', () => {
  const many = Array.from({ length: 13 }, (_, n) =>
    defineDatastore({ name: `d${n}`, schema: { type: 'object', properties: {} } as const }),
  );
  test.each([
    ['no way to check tokens', {}, 'CONFIG_INVALID', 'auth.developmentTokens: true'],
    ['two ways to check tokens', { auth: { secret, jwksUrl, audience } }, 'CONFIG_INVALID', 'Keep one'],
    [
      'development tokens beside an issuer',
      { auth: { jwksUrl, audience, developmentTokens: true } },
      'CONFIG_INVALID',
      'Take one of them out',
    ],
    ['keys of everybody', { auth: { jwksUrl } }, 'CONFIG_INVALID', 'auth.audience'],
    [
      'two datastores of one name',
      { auth: { secret }, datastores: [productCatalog, productCatalog] },
      'CONFIG_INVALID',
      'another name',
    ],
    ['no datastores', { auth: { secret }, datastores: [] }, 'CONFIG_INVALID', 'Leave it out'],
    ['too many datastores', { auth: { secret }, datastores: many }, 'TOO_MANY_DATASTORES', 'fewer'],
  ])('%s', (...[, given, code, remedy]) => {
    const refused = refusal(given);
    expect(refused.code).toBe(code);
    expect(refused.remedy).toContain(remedy);
  });
});

describe('the environment', () => {
  test('overrides the file, entry by entry', () => {
    const { settings, origins } = resolve(
      { auth: { secret }, server: { host: '0.0.0.0', port: 1 } },
      {
        DATASTORES_SERVER_PORT: '4500',
        DATASTORES_SERVER_CORS: 'https://a.example, https://b.example',
        DATASTORES_DATA_FOLDER: '/var/lib/datastores',
        DATASTORES_LOG_PRETTY: 'true',
        DATASTORES_LOG_LEVEL: '',
      },
    );
    expect(settings.server).toMatchObject({
      host: '0.0.0.0',
      port: 4500,
      cors: ['https://a.example', 'https://b.example'],
    });
    expect(settings).toMatchObject({ dataFolder: '/var/lib/datastores', log: { pretty: true, level: 'info' } });
    expect(origins['server.port']).toBe('environment DATASTORES_SERVER_PORT');
  });

  test('may be all there is', () => {
    expect(resolve({}, { DATASTORES_AUTH_SECRET: secret }).settings.auth.secret).toBe(secret);
  });

  test('names a secret in a file', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'secret');
    await writeFile(file, `${secret}\n`);
    const { settings, origins } = resolve({}, { DATASTORES_AUTH_SECRET_FILE: file });
    expect(settings.auth.secret).toBe(secret);
    expect(origins['auth.secret']).toContain(file);
  });

  test.each([
    [{ DATASTORES_SERVER_PORT: 'many' }, 'DATASTORES_SERVER_PORT is "many"'],
    [{ DATASTORES_LOG_PRETTY: 'perhaps' }, 'must be true or false'],
    [{ DATASTORES_AUTH_SECRET_FILE: '/nowhere/secret' }, '/nowhere/secret, which cannot be read'],
    [{ DATASTORES_AUTH_SECRET_FILE: '/x', DATASTORES_AUTH_SECRET: secret }, 'Both DATASTORES_AUTH_SECRET'],
    [{ DATASTORES_SERVER_PORT: '99999' }, 'server.port: must be 0 to 65535'],
  ])('is refused where it cannot be read: %o', (environment, words) => {
    const { code, message } = refusal({ auth: { secret } }, environment);
    expect(code).toBe('CONFIG_INVALID');
    expect(message).toContain(words);
  });
});

test('a described configuration never shows a secret', () => {
  const entries = describeConfig(resolve({ auth: { secret } }, { DATASTORES_SERVER_PORT: '1' }));
  expect(JSON.stringify(entries)).not.toContain(secret);
  expect(entries).toContainEqual({ path: 'auth.secret', value: '[set]', origin: 'datastores.config.ts' });
  expect(entries).toContainEqual({ path: 'server.port', value: 1, origin: 'environment DATASTORES_SERVER_PORT' });
});
