/**
 * Version of what crosses the wire. A test hashes the shapes of all messages: whoever changes one raises this number and
 * adds a line below.
 *
 * 1  first version: pull, push, digest, note, changes, info
 */
export const PROTOCOL_VERSION = 1;

/** Oldest version that this server still answers. */
export const OLDEST_PROTOCOL_VERSION = 1;
