/** One thing that does not fit a schema, as the validator of JSON Schema tells it. */
export interface SchemaFault {
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** JSON pointer. */
  readonly instancePath: string;
  readonly message?: string;
}

/** Says whether a document fits, and keeps everything that does not until it is called again. */
export interface Validator {
  (document: unknown): boolean;
  errors?: readonly SchemaFault[] | null;
}

/** Adds what is wrong with a value, at its path. */
export type Check = (value: unknown, path: string, faults: SchemaFault[]) => void;
