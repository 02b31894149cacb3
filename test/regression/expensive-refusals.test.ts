// A request within the body limit could keep the server from everybody else for seconds, or be answered with megabytes,
// because every fault in it was looked for and told.
import { MAX_BODY_BYTES, PROTOCOL_VERSION } from '@datastores/core/protocol';
import { expect, test } from 'vitest';
import { startServer, tokenFor } from '../sync-server/http/test-server.ts';

const header = { protocol: PROTOCOL_VERSION, datastore: 'inventory', schemaVersion: 0, checkpoint: null };
const LARGE = MAX_BODY_BYTES - 500_000;

/** Long enough to parse and to drop it on a slow machine. */
const SOON_MS = 2_500;

const within = { timeout: 120_000 };

const level = { id: 'a', productId: 'p', location: 'l', onHand: 1 };
const row = { id: 'a', base: null, edit: 1, changed: [], was: {}, doc: level };

test.each([
  [
    'a checkpoint of a million wrong scopes',
    'pull',
    () => pull(many(LARGE / 12, (number) => `"s${number}":0`)),
    'holds more values than any request has',
  ],
  [
    'millions of nested lists',
    'pull',
    () => `${'['.repeat(LARGE / 2)}${']'.repeat(LARGE / 2)}`,
    'The request is nested too deep',
  ],
  [
    'rows of millions of nested lists',
    'push',
    () => push(`${'['.repeat(LARGE / 2)}${']'.repeat(LARGE / 2)}`),
    'The rows of a push are nested too deep',
  ],
  [
    'millions of changed fields that are none',
    'push',
    () => push(rowWith({ changed: '7' })),
    'More than 1000 fields are named as changed',
  ],
  ['millions of faults in one list', 'push', () => push(rowWith({ lots: '7' })), 'the limit is 262144'],
  [
    'fields with names of a megabyte',
    'push',
    () => push(JSON.stringify([{ ...row, ['k'.repeat(1e6)]: 1 }])),
    'Unrecognized key',
  ],
  [
    'documents with fields of such names',
    'push',
    () => push(JSON.stringify([withField('k'.repeat(1e5))])),
    'which the schema does not know',
  ],
  [
    'prototypes behind such names',
    'push',
    () => push(JSON.stringify([withField(`__${'k'.repeat(1e5)}`)])),
    'starts with',
  ],
])('%s are refused soon and in few words', within, async (...[, call, text, words]) => {
  await using at = await startServer();
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${await tokenFor()}` };
  const body = text();
  const begun = process.cpuUsage();

  const response = await fetch(`${at.url}/trpc/${call}`, { method: 'POST', headers, body });

  const answer = await response.text();
  expect(response.status).toBeLessThan(500);
  expect(answer).toContain(words);
  expect(answer.length).toBeLessThan(2_500);
  expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(SOON_MS);
});

function push(rows: string): string {
  return JSON.stringify({ json: { ...header, replica: 'replica-of-a-till', rows } });
}

function pull(scopes: string): string {
  return `{"json":${JSON.stringify({ ...header, maxRows: 1, maxBytes: 1 }).replace('null', `{${scopes}}`)}}`;
}

/** A row with a list of a million entries in one of its places. */
function rowWith(place: { readonly changed: string } | { readonly lots: string }): string {
  const [[name, entry]] = Object.entries(place) as [[string, string]];
  const list = `[${many(LARGE / 8, () => entry)}]`;
  const text = JSON.stringify([name === 'changed' ? row : { ...row, doc: { ...level, lots: [] } }]);
  return text.replace(`"${name}":[]`, `"${name}":${list}`);
}

function withField(name: string): object {
  return { ...row, doc: { ...level, [name]: { [name]: 1 } } };
}

function many(count: number, entry: (number: number) => string): string {
  return Array.from({ length: Math.floor(count) }, (_, number) => entry(number)).join(',');
}
