/** Most ranges that one request splits, and most that it lists. */
export const MAX_DIGEST_RANGES = 512;

/** Most documents that one request asks for. */
export const MAX_DIGEST_DOCUMENTS = 200;

/** Documents of a range up to which it is listed; of more than that the server only says that there are too many. */
export const MAX_LISTED = 256;

/** Documents changed since the position of a replica up to which it is compared; of more it has to be pulled first. */
export const MAX_CHANGED = 500;

/** Characters of the digest of an id. */
export const ID_DIGEST_LENGTH = 8;

/** Characters of the digest of a document, or of the sum of several. */
export const DIGEST_LENGTH = 7;
