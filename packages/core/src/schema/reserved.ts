import type { JsonSchema } from './json-schema.ts';

/**
 * Names that no datastore can have: a collection of that name would hide a property of an RxDB database, or an entry
 * that openDatastores puts beside the datastores. "then" would make the result of openDatastores a promise.
 */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  ...['backup', 'close', 'closed', 'collections', 'constructor', 'name', 'options', 'password', 'reactivity', 'remove'],
  ...['states', 'storage', 'token'],
  ...[
    'confirm',
    'database',
    'fresh',
    'freshness',
    'receipts',
    'rejected',
    'search',
    'status',
    'systems',
    'then',
    'unpushed',
  ],
]);

/** Names that every RxDB document or every object has: a field of that name would hide them, or be hidden. */
export const RESERVED_FIELDS: ReadonlySet<string> = new Set([
  ...['allAttachments', 'close', 'collection', 'deleted', 'get', 'getAttachment', 'getLatest', 'incrementalModify'],
  ...['incrementalPatch', 'incrementalRemove', 'incrementalUpdate', 'isInstanceOfRxDocument', 'modify', 'patch'],
  ...['populate', 'primary', 'primaryPath', 'properties', 'putAttachment', 'putAttachmentBase64', 'remove', 'revision'],
  ...['synced', 'then', 'toJSON', 'toMutableJSON', 'update', 'updateCRDT'],
  ...['constructor', 'hasOwnProperty', 'isPrototypeOf', 'propertyIsEnumerable', 'prototype', 'toLocaleString'],
  ...['toString', 'valueOf'],
]);

/** Names that no field has at any depth: RxDB and superjson refuse them, or take them for something else. */
export const RESERVED_NESTED_FIELDS: ReadonlySet<string> = new Set(['constructor', 'properties', 'prototype']);

/** How a field is named at any depth; anything else cannot be a property of an RxDB document or an IndexedDB key path. */
export const FIELD_NAME: RegExp = /^[a-zA-Z](?:[a-zA-Z0-9_]*[a-zA-Z0-9])?$/;

/** Formats that are checked; the list of ajv-formats without those that say nothing about a text. */
export const FORMATS: ReadonlySet<string> = new Set([
  ...['date', 'time', 'date-time', 'iso-time', 'iso-date-time', 'duration', 'uri', 'uri-reference', 'uri-template'],
  ...['url', 'email', 'hostname', 'ipv4', 'ipv6', 'regex', 'uuid', 'json-pointer', 'json-pointer-uri-fragment'],
  ...['relative-json-pointer', 'byte'],
]);

/** Keywords that hold for values of one type only; in `anyOf` each goes to the choice of its type. */
export const OF_TYPE: Readonly<Record<string, readonly (keyof JsonSchema)[]>> = {
  string: ['format', 'pattern', 'minLength', 'maxLength'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  array: ['items', 'minItems', 'maxItems', 'uniqueItems'],
  object: ['properties', 'required', 'additionalProperties', 'propertyNames'],
};
