import { createHash } from 'node:crypto';
import {
  changesRequestSchema,
  digestRequestSchema,
  digestResponseSchema,
  infoSchema,
  noteRequestSchema,
  noteResponseSchema,
  PROTOCOL_VERSION,
  pokeSchema,
  pullRequestSchema,
  pullResponseSchema,
  pushRequestSchema,
  pushResponseSchema,
  pushRowSchema,
  wireErrorSchema,
} from '@datastores/core/protocol';
import { canonicalJson, type JsonValue } from '@datastores/core/schema';
import { expect, test } from 'vitest';
import * as z from 'zod';

/** The shapes of all messages by version of the protocol. A line is added, never changed, once a version is released. */
const SHAPES: Readonly<Record<number, string>> = {
  1: 'f70d9d5104e0e5ab',
};

test('the shapes of all messages are those of this version of the protocol', () => {
  const messages = {
    changesRequestSchema,
    digestRequestSchema,
    digestResponseSchema,
    infoSchema,
    noteRequestSchema,
    noteResponseSchema,
    pokeSchema,
    pullRequestSchema,
    pullResponseSchema,
    pushRequestSchema,
    pushResponseSchema,
    pushRowSchema,
    wireErrorSchema,
  };
  const shapes = Object.entries(messages).map(([name, schema]) => [
    name,
    z.toJSONSchema(schema, { unrepresentable: 'any' }),
  ]);
  const hash = createHash('sha256')
    .update(canonicalJson(Object.fromEntries(shapes) as JsonValue))
    .digest('hex')
    .slice(0, 16);

  expect(
    hash,
    `The messages changed, but PROTOCOL_VERSION is still ${PROTOCOL_VERSION}. Raise it in protocol/version.ts and add a line there that says what changed, keep reading the older version if you can (OLDEST_PROTOCOL_VERSION), and add "${PROTOCOL_VERSION + 1}: '${hash}'" to SHAPES in this test. Only before the first release of a version may its line be replaced.`,
  ).toBe(SHAPES[PROTOCOL_VERSION]);
});
