/** Anything that JSON can hold. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object; a field set to `undefined` counts as absent. */
export interface JsonObject {
  readonly [field: string]: JsonValue | undefined;
}

/** One entry of a datastore: an `id` that is unique in its scope and never changes, and the fields of the schema. */
export interface Document {
  readonly id: string;
}

/** A document seen as plain JSON, as protocol, store and merge rules handle it. */
export type JsonDocument = JsonObject & Document;
