import type { FieldRule } from './field-rule.ts';
import type { DocumentSchema } from './json-schema.ts';

/** The parts of a declaration that can be wrong. Untyped callers can put anything here. */
export interface CheckedDeclaration {
  readonly name: string;
  readonly version?: number;
  readonly schema: DocumentSchema;
  readonly indexes: readonly (readonly string[])[];
  readonly search?: readonly string[];
  readonly fields: Readonly<Record<string, FieldRule>>;
  readonly conflict?: unknown;
  readonly versions?: Readonly<Record<number, unknown>>;
}
