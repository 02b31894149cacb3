import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { DatastoreError } from '@datastores/core';
import { createJiti } from 'jiti';
import {
  type CheckResult,
  type ConnectorSubject,
  checkConnector,
  runChecks,
} from '../connectors/conformance/conformance.ts';
import { EXIT } from './exit.ts';
import type { Terminal } from './terminal.ts';

/**
 * `datastores check-connector`: runs the conformance kit on the `subject` that a file exports, prints a line for each
 * check and at the end one of JSON. Exit code 1 if a check failed. Throws CONFIG_INVALID for a file without a subject.
 */
export async function checkConnectorFile(terminal: Terminal, file: string): Promise<number> {
  const subject = await loadSubject(resolve(terminal.folder, file));
  const results: CheckResult[] = [];
  for await (const result of runChecks(checkConnector(subject))) {
    terminal.out(describe(result));
    results.push(result);
  }
  const count = (is: CheckResult['is']) => results.filter((result) => result.is === is).length;
  const [passed, failed, notApplicable] = [count('passed'), count('failed'), count('not-applicable')];
  const failures = results.flatMap(({ is, name, trait, detail }) => (is === 'failed' ? [{ name, trait, detail }] : []));
  terminal.out(`${JSON.stringify({ ok: failed === 0, passed, failed, notApplicable, failures })}\n`);
  return failed === 0 ? EXIT.ok : EXIT.failed;
}

async function loadSubject(file: string): Promise<ConnectorSubject> {
  if (!existsSync(file)) throw invalid(`There is no file ${file}.`);
  let loaded: unknown;
  try {
    loaded = await createJiti(import.meta.url).import(file);
  } catch (cause) {
    throw invalid(`${file} cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}.`, cause);
  }
  const subject: unknown = loaded !== null && typeof loaded === 'object' ? Reflect.get(loaded, 'subject') : undefined;
  if (isSubject(subject)) return subject;
  throw invalid(`${file} exports no subject with traits and open.`);
}

function isSubject(value: unknown): value is ConnectorSubject {
  if (value === null || typeof value !== 'object') return false;
  const { traits, open } = value as Partial<ConnectorSubject>;
  return typeof open === 'function' && typeof traits?.batch?.max === 'number';
}

function invalid(message: string, cause?: unknown): DatastoreError {
  const remedy =
    'Name a file that exports `const subject: ConnectorSubject`; docs/connectors/writing-a-connector.md shows one.';
  return new DatastoreError('CONFIG_INVALID', message, { remedy, ...(cause === undefined ? {} : { cause }) });
}

const MARKS = { passed: 'ok  ', failed: 'FAIL', 'not-applicable': '-   ' } as const;

function describe({ is, trait, name, detail, remedy }: CheckResult): string {
  const more = is === 'passed' ? [] : [detail, ...(remedy === undefined ? [] : [remedy])];
  return `${[`${MARKS[is]}  ${trait.padEnd(9)} ${name}`, ...more.map((line) => `${' '.repeat(16)}${line}`)].join('\n')}\n`;
}
