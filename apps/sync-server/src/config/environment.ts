import { readFileSync } from 'node:fs';
import { DatastoreError } from '@datastores/core';

/** The environment of the process, or what a test gives for it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A value from the environment and the variable it came from. */
export interface Override {
  /** Path of the entry, e.g. `server.port`. */
  readonly path: string;
  readonly value: unknown;
  readonly origin: string;
}

type Kind = 'text' | 'number' | 'flag' | 'list';

/** Every entry that a variable can set. Datastores, systems and bindings are code and have none. */
const ENTRIES: Readonly<Record<string, Kind>> = {
  dataFolder: 'text',
  store: 'text',
  'server.host': 'text',
  'server.port': 'number',
  'server.cors': 'list',
  'server.publicUrl': 'text',
  'server.requestsPerMinute': 'number',
  'server.requestsPerMinuteOfAddress': 'number',
  'server.requestsAtOnce': 'number',
  'server.streamsPerSubject': 'number',
  'server.pushedPerMinute': 'number',
  'auth.secret': 'text',
  'auth.jwksUrl': 'text',
  'auth.issuer': 'text',
  'auth.audience': 'text',
  'auth.developmentTokens': 'flag',
  'history.maxEvents': 'number',
  'history.keepMs': 'number',
  'log.level': 'text',
  'log.pretty': 'flag',
};

/** Entries whose value is never shown, and which may come from a file named by `<variable>_FILE`. */
export const SECRET_ENTRIES: ReadonlySet<string> = new Set(['auth.secret', 'store']);

/**
 * What the environment says about the configuration. `DATASTORES_<PATH>` sets an entry, a list is separated by commas, an
 * empty variable is none. Throws CONFIG_INVALID naming the variable where its text cannot be read.
 */
export function environmentOverrides(environment: Environment): readonly Override[] {
  return Object.entries(ENTRIES).flatMap(([path, kind]) => {
    const variable = variableOf(path);
    const fromFile = SECRET_ENTRIES.has(path) ? secretFile(environment, variable) : null;
    if (fromFile !== null) return [{ path, ...fromFile }];
    const text = environment[variable];
    if (text === undefined || text === '') return [];
    return [{ path, value: parse(kind, variable, text), origin: `environment ${variable}` }];
  });
}

/** The variable of an entry: `server.publicUrl` is `DATASTORES_SERVER_PUBLIC_URL`. */
export function variableOf(path: string): string {
  return `DATASTORES_${path
    .replace(/([A-Z])/g, '_$1')
    .replaceAll('.', '_')
    .toUpperCase()}`;
}

function parse(kind: Kind, variable: string, text: string): unknown {
  if (kind === 'text') return text;
  if (kind === 'list')
    return text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
  if (kind === 'number') {
    const value = Number(text);
    if (Number.isFinite(value)) return value;
    throw unreadable(variable, text, 'a number');
  }
  if (['true', '1', 'yes'].includes(text.toLowerCase())) return true;
  if (['false', '0', 'no'].includes(text.toLowerCase())) return false;
  throw unreadable(variable, text, 'true or false');
}

function secretFile(environment: Environment, variable: string): { value: string; origin: string } | null {
  const path = environment[`${variable}_FILE`];
  if (path === undefined || path === '') return null;
  if (environment[variable]) {
    throw new DatastoreError('CONFIG_INVALID', `Both ${variable} and ${variable}_FILE are set.`, {
      remedy: 'Unset one of the two.',
    });
  }
  try {
    return { value: readFileSync(path, 'utf8').trim(), origin: `file ${path} (${variable}_FILE)` };
  } catch (cause) {
    throw new DatastoreError('CONFIG_INVALID', `${variable}_FILE names ${path}, which cannot be read.`, {
      cause,
      remedy: 'Correct the path, or let this user read the file.',
    });
  }
}

function unreadable(variable: string, text: string, expected: string): DatastoreError {
  return new DatastoreError('CONFIG_INVALID', `${variable} is "${text}" and must be ${expected}.`, {
    remedy: `Set ${variable} to ${expected}, or unset it.`,
  });
}
