/**
 * The part of JSON Schema (draft 7) in which a datastore is declared. Objects are closed: a field not named is refused.
 * Annotations such as `title` are allowed and not kept; keywords that check more than is listed here are refused.
 */
export interface JsonSchema {
  readonly type?: JsonType | readonly JsonType[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly propertyNames?: JsonSchema;
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly default?: unknown;
}

/** The type names of JSON Schema. */
export type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'array' | 'object';

/** The schema of a whole document: an object that says which fields it has. */
export interface DocumentSchema extends JsonSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, JsonSchema>>;
}

/**
 * The TypeScript type of the documents that a schema written `as const` allows: its fields, and `id` whether it names
 * it or not. Objects are closed, as the validator treats them; a general-purpose converter would add an index signature
 * to each of them.
 */
export type FromSchema<S> = S extends { readonly properties: infer P }
  ? Simplify<{ id: 'id' extends keyof P ? FromValue<P['id']> : string } & Omit<FromProperties<S, P>, 'id'>>
  : unknown;

type FromValue<S> = S extends { readonly const: infer C }
  ? C
  : S extends { readonly enum: readonly (infer E)[] }
    ? E
    : S extends { readonly anyOf: readonly (infer A)[] }
      ? FromValue<A>
      : S extends { readonly oneOf: readonly (infer O)[] }
        ? FromValue<O>
        : S extends { readonly type: readonly (infer T)[] }
          ? FromType<T, S>
          : S extends { readonly type: infer T }
            ? FromType<T, S>
            : unknown;

type FromType<T, S> = T extends 'string'
  ? string
  : T extends 'number' | 'integer'
    ? number
    : T extends 'boolean'
      ? boolean
      : T extends 'null'
        ? null
        : T extends 'array'
          ? FromItems<S>
          : T extends 'object'
            ? FromObject<S>
            : unknown;

type FromItems<S> = S extends { readonly items: infer I } ? FromValue<I>[] : unknown[];

type FromObject<S> = S extends { readonly properties: infer P }
  ? FromProperties<S, P>
  : S extends { readonly additionalProperties: infer A extends JsonSchema }
    ? Record<string, FromValue<A>>
    : Record<string, unknown>;

type FromProperties<S, P> = Simplify<
  { -readonly [K in keyof P as K extends RequiredOf<S> ? K : never]: FromValue<P[K]> } & {
    -readonly [K in keyof P as K extends RequiredOf<S> ? never : K]?: FromValue<P[K]>;
  }
>;

type RequiredOf<S> = S extends { readonly required: readonly (infer R)[] } ? R : never;

type Simplify<T> = { [K in keyof T]: T[K] };
